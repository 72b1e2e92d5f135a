"""Files as bytes: what they are (text, spreadsheet, Parquet; packed or not), and their cells as text.

Knows no column of ours: names that help to find header and separator are given to it.
"""
