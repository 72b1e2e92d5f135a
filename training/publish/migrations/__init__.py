"""Migrations of the control tables, which outlive every snapshot; the tables of a snapshot are made anew with each.

Each step leaves the tables readable and writable for the version of the project before it, and does nothing where it
was done already: MySQL commits each change of a table by itself, so a run may die between a step and its record.
"""
