"""Recognises emergencies and dangerous acts that a message tells of."""
