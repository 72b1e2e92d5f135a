"""What a published snapshot keeps for the next one: its history in parts, their orders, sums of each day's lines."""
