"""What is held: documents, anchors into them, the controlled vocabulary and the names that sources go by."""
