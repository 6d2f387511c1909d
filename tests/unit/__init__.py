"""Pure functions, by given / when / then: no thread, no file, no socket."""
