"""Promotion: the champion beside a new version, the gate, the alias, its audit trail, and versions that are let go.

Who moves the alias holds the promotion lock. Writes to the registry and to the table `promotions`; fits nothing.
"""
