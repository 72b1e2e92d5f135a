"""The dashboard of what came of the answers: scores, errors, drift, the prediction log, promotions.

Days and their sums are asked of MySQL; what the API knows of them as metrics, of Prometheus.
"""
