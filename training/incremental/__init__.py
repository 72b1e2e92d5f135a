"""A snapshot that costs what is new: rows of the history that can have changed, on top of those that cannot."""
