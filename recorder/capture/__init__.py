"""From a camera's session to runs of fragments: the thread that never waits for a disk."""
