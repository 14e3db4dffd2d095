"""Looks at pictures now and then: a still for people, a word for the heartbeat."""
