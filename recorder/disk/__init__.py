"""What is durable at the station: segments, signed lines, their recovery, and room for more."""
