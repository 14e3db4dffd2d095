"""Live fan-out: WHIP in from stations, WHEP out to browsers, video passed through undecoded."""
