"""Vectors of a corpus that one machine is too slow for: shards, their checkpoints, and who computes them."""
