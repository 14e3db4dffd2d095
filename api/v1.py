"""Where this version of the interface begins."""

V1 = "/api/v1"
