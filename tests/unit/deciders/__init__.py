"""Deciders by given, when and then."""
