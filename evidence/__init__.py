"""The proof: signed entries and what follows from them. Bytes in, verdict out."""
