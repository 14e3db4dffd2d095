"""What recording costs, against one ffmpeg process for each camera."""
