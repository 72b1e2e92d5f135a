"""Reading and checking the input files: orders, and products and stores if there are any.

Bytes in, `RawTables` and a report out; knows no database. `read` is the way in. `formats` makes a table of text of
any file, `columns` finds the columns, `cells` reads values, `checking` collects faults with their lines, `rules`
judge the order lines. The other rooms take layouts and limits of values.
"""
