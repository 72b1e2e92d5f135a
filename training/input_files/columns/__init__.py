"""Which column of a file is which: opened files and their headers, ``columns.yaml``, and a proposal for it."""
