"""The station's book: what it holds, and how far the archive has it."""
