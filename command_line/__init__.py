"""The command line `quantity`: every program by one name, and `doctor`, which looks at what they stand on.

It alone knows training and service both, and each only when a command asks for it: an image holds one of them.
"""
