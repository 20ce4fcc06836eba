"""Classifiers: look at text and know nobody."""
