"""Fitting: the training data, rolling windows, evaluation, and the run logged to MLflow.

Reads the published features; writes to MLflow alone, in `tracking`. Knows neither how snapshots are published, nor how
they are checked, nor who is champion.
"""
