"""From statements to a verified answer."""
