"""What the log adds up to: every fold of it, and the runner that feeds them."""
