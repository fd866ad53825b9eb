"""Fits an encoder further to the questions of a corpus; needs torch, which is an extra, and is never run by itself."""
