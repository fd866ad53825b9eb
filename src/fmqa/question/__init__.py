"""Reads a question, after the turns before it, into a query that stands alone."""
