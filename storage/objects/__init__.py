"""Where the bytes are: one protocol, a disk and any S3 server behind it."""
