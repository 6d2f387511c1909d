"""Tests of the settings: their file, their checks, their forms."""
