"""The benchmark: topics with gold anchors, measures, mutations of right answers, and the report on a run."""
