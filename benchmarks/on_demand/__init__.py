"""A station that is live on demand: from the wish to the picture, and to its rest."""
