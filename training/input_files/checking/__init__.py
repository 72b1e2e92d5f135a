"""A table's cells checked: one pass over the blocks, faults with their lines, numbers for ids that are text."""
