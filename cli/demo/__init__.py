"""`pollcam demo`: a polling day on this machine, every part in its own process."""
