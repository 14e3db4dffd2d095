"""Where video comes from: RTSP cameras, USB cameras, files, test patterns."""
