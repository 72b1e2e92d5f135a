"""What a run of preprocessing reads, and where it computes."""
