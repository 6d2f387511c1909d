"""The vocabulary's names on disk."""
