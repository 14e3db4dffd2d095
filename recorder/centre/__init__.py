"""The control API as a station sees it."""
