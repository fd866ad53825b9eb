"""Evidence grades as printed: the grading systems of organisations, and the notations that texts use."""
