"""Spark: the same features, computed by machines of which none holds all orders.

Orders lie in buckets by a hash of store and product, sorted, and pass through workers in chunks of whole pairs; what
orders have in common is added up by group and day, merged by Spark, and shipped to all workers as one file each.
"""
