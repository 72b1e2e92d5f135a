"""Publishing: a snapshot appears in the database whole or not at all, and the one before can be put back.

The only room that writes to the database: the lock, migrations of the control tables, bulk inserts, renames, and what a
dead publisher left behind.
Takes features as given; knows neither CSV files nor models.
"""
