"""The messages processes exchange over HTTP. Unknown keys are ignored, so versions can differ."""
