"""The steps of taking recordings in: read, chain, rows, grants, settling."""
