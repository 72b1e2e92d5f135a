"""The range that follows: a version's offsets learned again from the orders since it was trained, as a new version.

Trees, quantities and the champion's alias stay as they are; whoever promotes moves the alias.
"""
