"""The gateway: moves bytes, decides nothing."""
