"""How long the picture stands still behind bad networks: ours and MediaMTX's."""
