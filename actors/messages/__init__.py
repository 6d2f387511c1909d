"""What actors tell each other. All are frozen: a message is data, and the receiver may keep it."""
