"""What readers of markup share: the walk that makes blocks, the second reading, and what is page furniture."""
