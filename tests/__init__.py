"""Everything that pins what the other packages promise."""
