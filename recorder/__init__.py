"""The station agent: records cameras to disk, seals, uploads, publishes live, reports health."""
