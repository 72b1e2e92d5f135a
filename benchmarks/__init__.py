"""Measurements of the project beside its peers, each a program of its own; nothing here is shipped or imported."""
