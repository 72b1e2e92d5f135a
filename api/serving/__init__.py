"""Models and snapshots in memory, and the check before a swap. It knows no HTTP, no files and no sources."""
