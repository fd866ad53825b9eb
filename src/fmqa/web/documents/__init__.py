"""The routes and pages by which documents come, are looked at in the original, and go."""
