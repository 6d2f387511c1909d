"""Actor shells on their threads, with an in-memory journal."""
