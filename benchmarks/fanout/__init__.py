"""How many viewers a core carries: this streamer, stock aiortc, and the engines it is given."""
