"""The coarse scopes: totals of all orders by group and order day, and the features that come of them."""
