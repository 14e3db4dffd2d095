"""The centre's pages: rendered by the server, kept fresh by small scripts."""
