"""Tests of projections: folds of the log that people query."""
