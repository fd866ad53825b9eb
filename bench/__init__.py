"""Measurements and campaigns that are run by hand; no part of the package."""
