"""Several real parts together: SQLite files, sockets, processes."""
