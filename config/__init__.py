"""What the operator asked for: the schema of the settings, the loader of the file, and the default file itself."""
