"""Fitting: the training data, the rolling windows, their evaluation, the gate, and what goes to MLflow."""
