"""Pages beside the text and its answers: history, evidence, comparison, hand-out, review, box for other sites."""
