"""Fitting: the training data, rolling windows, evaluation, the promotion gate, and the run logged to MLflow.

Reads the published features and the registry's champion; writes to MLflow alone, in `tracking`. Knows neither how
snapshots are published nor how they are checked.
"""
