"""A language model, where somebody has one: it may word, order and rewrite, and everything of its is checked."""
