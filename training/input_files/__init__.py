"""Reading and checking the three CSV files: layouts, cells, line numbers, faults in words.

Bytes in, `RawTables` out; knows no database. The other rooms take its layouts and limits of values.
"""
