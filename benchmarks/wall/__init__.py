"""Whether the wall of a whole country is as smooth as the wall of a town."""
