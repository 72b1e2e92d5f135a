"""Data to run on: a year of real grocery transactions, and generated orders, as the three CSV files.

Writes the layouts that `csv_input` reads; knows no database.
"""
