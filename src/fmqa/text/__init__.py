"""English words and figures: no medicine, no question."""
