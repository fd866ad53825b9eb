"""What outlives a process: conversations, feedback and the database that holds them."""
