"""How many WHIP publishers a core takes in: this streamer, stock aiortc, MediaMTX, go2rtc."""
