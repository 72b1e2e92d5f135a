"""Publishing: a snapshot appears in the database whole or not at all."""
