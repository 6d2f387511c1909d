"""What the business lines say of each event class, by subject."""
