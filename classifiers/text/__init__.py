"""Readings of a text: canonical, and with its disguises undone, each mapped to the original."""
