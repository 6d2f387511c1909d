"""The one place that knows a venue: its port, its errors, the real client and the simulation."""
