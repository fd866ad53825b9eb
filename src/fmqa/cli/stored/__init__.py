"""The commands for what is kept: conversations, answers, feedback, and their database."""
