"""What a second worker process brings: the same viewers on one, then on two."""
