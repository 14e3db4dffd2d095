"""Real parts that any test may ask for; each says how to get it where it is absent."""

pytest_plugins = ["tests.parts.minio", "tests.parts.postgres"]
