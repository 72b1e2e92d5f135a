"""Kinds of cells: text to checked values, a column at a time.

A module a kind. They know neither files nor lines.
"""
