"""Replay: practices loaded anew from what lies in landing, shown before it counts (S12)."""
