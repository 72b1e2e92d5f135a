"""Order files that come by the day: read one by one, compared with the order lines that are there, moved when taken.

Knows the raw tables by reading them; `training.publish` writes. `merging` says what a file changes and knows frames
only.
"""
