"""Checks of the raw tables and of the published snapshot, each with its finding and, if any, its fault in words.

Reads the database and changes nothing: putting a faulty snapshot's predecessor back is the program's act.
"""
