"""How people start it: the command line, its exit codes and one small module per command."""
