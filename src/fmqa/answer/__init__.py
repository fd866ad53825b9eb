"""Composes an answer from the chosen statements, verifies it and sends it."""
