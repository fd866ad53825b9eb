"""Rules on typed records by which statements are chosen or put first, and gaps are told."""
