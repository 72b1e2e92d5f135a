"""The database: tables, bulk reads and writes, and snapshots that are published whole or not at all."""
