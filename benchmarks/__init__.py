"""Reproducible measurements against named peers; each prints one JSON object at its end."""
