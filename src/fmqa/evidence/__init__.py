"""Chooses the statements that answer a query, and decides what may be said of them."""
