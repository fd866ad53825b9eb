"""The tools and resources that models and agents use over the Model Context Protocol."""
