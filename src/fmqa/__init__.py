"""fmqa: grounded, cited answers to follow-up questions on medical articles and guidelines."""
