"""Campaigns against what must never be lost, passed over or let in: each promise tried by the thousand."""
