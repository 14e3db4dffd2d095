"""The `pollcam` command: each subcommand is the composition root of one process."""
