"""What an answer rests on, in words; apart from the kernel, which is slow to import."""

STATUSES: tuple[str, ...] = ("ok", "cold_start", "unknown_store", "unknown_product")
"""By the kernel's number of it; the last two have no quantity."""
