"""Long trials with real processes, run on demand; the test suite runs a short piece of each."""
