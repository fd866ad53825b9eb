"""From the words of a question, and the turns before it, to a query that stands alone."""
