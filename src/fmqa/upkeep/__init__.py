"""Documents come and go while questions are asked: files to documents to the next generation, as one change."""
