"""Rowan, an invented supplier."""
