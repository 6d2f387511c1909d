"""What the operator asked for: the schema, the loader of the file, and the default file itself."""
