"""Readers: each turns the bytes of one file format into blocks of text."""
