"""Policies: judge findings and touch no socket."""
