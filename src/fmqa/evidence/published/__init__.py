"""What documents as published say: what of them can be quoted, how likely it answers, and what may stand first."""
