"""The endpoint: its schema, reading a request, answering it from the active pair."""
