"""What is known of a pair, for people to look at: its orders, its features, and which stores and products there are."""
