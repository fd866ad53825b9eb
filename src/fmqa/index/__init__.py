"""Passages, vectors and terms of a corpus, built into generations and opened read only."""
