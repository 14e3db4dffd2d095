"""Clips anybody can play and check: the original bytes, an index over them, and their proof."""
