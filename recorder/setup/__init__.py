"""How this machine became the recorder of a station, and what it was told to do."""
