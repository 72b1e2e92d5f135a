"""Data to run on: a year of real grocery transactions, and generated orders."""
