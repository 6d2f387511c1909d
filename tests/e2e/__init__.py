"""The real command line, from outside, as a person types it."""
