"""Delimited text: from bytes to characters, lines, fields and rows."""
