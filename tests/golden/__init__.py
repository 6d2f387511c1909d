"""One stored event per stored name, as it was first written: each must be readable for ever."""
