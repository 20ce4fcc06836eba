"""Endpoints that give a verdict and ask no model, a file each: other gateways plug in here.

Whoever asks decides what becomes of a text. What is asked and what is told goes on the record as
in any exchange.
"""
