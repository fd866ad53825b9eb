"""Dangers: a message to the emergency that it tells of, or None."""
