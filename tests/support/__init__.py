"""Helpers that several test modules share: builders, waits, and the given / when / then case."""
