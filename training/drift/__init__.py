"""Drift and skew: whether what is answered today is what the model was trained on, and what training would answer.

Drift compares the distribution of each feature with that of the training, which is kept with the version. Skew computes
logged answers again. Reads the prediction log, the published tables and the registry; `record` alone writes.
"""
