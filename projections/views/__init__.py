"""Read models for people: tables and one function per event, in a database of their own."""
