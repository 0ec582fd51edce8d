"""Freshness: whether each practice's data came when it was expected (S13)."""
