"""Markup of every kind: the walk that makes blocks, the second way, what of a page is furniture."""
