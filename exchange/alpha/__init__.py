"""The real venue: wire frames, REST calls, user stream and symbol filters."""
