"""Keeps every answered pair: from memory to segment files on the local volume, and from these to the database."""
