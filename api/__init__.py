"""The HTTP service that answers how many cases a store will order."""
