"""The archive: objects, index, coverage, playlists, export, retention, fsck."""
