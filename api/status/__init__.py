"""What the service tells of itself: health, the model report, metrics."""
