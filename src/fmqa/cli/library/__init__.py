"""The commands for what is asked: the corpus and its added files, and the index."""
