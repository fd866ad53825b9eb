"""Readers: the bytes of one source file to a Document."""
