"""The simulated venue: market, pure matching, and a real HTTP and WebSocket server."""
