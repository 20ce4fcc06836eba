"""Rows that we make ourselves, where no permissive set exists."""
