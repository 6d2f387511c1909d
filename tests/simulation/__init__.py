"""Deterministic simulation: the production actors and the paper venue on one thread, in virtual time, from a seed."""
