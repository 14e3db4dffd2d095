"""The control API and the pages of the centre."""
