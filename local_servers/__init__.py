"""Servers and programs started on this machine, for the tests and the benchmarks."""
