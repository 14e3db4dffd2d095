"""Publishes cameras by WHIP while the centre wishes it."""
