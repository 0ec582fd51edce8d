"""Ratios against the raw engine, and what one real-sized practice costs."""
