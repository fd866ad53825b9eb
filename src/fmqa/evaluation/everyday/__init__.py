"""The benchmark of everyday wording: labelled conversations, their judge, runs and their comparison."""
