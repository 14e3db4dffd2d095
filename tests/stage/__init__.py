"""A small country for looking at pages: a real API with stations that behave like real ones."""
