"""What the demo costs and how soon it is there."""
