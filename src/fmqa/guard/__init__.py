"""Who may ask, by which name, and how many at once."""
