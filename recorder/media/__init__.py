"""Packets and the boxes they are kept in: H.264, AAC, fragmented MP4. No disk, no network."""
