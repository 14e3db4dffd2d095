"""How long an operator waits for a live picture."""
