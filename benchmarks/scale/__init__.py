"""Preprocessing at several sizes: seconds and memory by phase, and what writing costs beside a bare bulk load."""
