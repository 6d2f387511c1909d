"""Invariants that hold for every generated input."""
