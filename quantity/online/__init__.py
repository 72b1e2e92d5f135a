"""Serving: the latest state in memory, and predictions from it."""
