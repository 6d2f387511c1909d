"""The venue's codec, without a venue."""
