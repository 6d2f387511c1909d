"""Who acts: thin pykka shells around the pure deciders they call."""
