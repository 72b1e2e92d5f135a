"""Data to run on: a year of real grocery transactions, and generated orders, as the three CSV files.

Writes the layouts that `input_files` reads; knows no database.
"""
