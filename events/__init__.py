"""What happened: the event vocabulary, its names on disk, and the journal that stores it."""
