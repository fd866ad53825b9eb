"""From a query to the statements that answer it, and what may be said of them."""
