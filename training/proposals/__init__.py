"""What stores are likely to order: answers for whole lists of pairs, written to files or a table."""
