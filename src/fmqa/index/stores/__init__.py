"""Vector stores: unit vectors to rows by cosine similarity."""
