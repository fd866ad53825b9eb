"""The corpus: documents, anchors into their text, the controlled vocabulary and the names of sources."""
