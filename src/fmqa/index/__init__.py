"""The index: passages, vectors and terms of a corpus, built as generations and opened read-only."""
