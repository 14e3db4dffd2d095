"""Several worker processes behind one HTTP address: one core each, one UDP port each."""
