"""One UDP port for all sessions of a process."""
