"""Grades as printed: the systems that organisations grade in, and the notations that texts print."""
