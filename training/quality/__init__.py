"""Checks of the raw tables and of published snapshots."""
