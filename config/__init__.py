"""What the operator asked for: the schema, its loader and the default trading_config.yaml."""
