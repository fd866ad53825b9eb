"""Reads published files and adds them to the corpus as documents."""
