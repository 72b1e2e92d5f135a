"""The quantity model: gradient-boosted trees, a decision rule and a calibrated range."""
