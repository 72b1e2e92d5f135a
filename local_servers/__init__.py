"""Servers and processes started on this machine, shared by tests, benchmarks and what takes the screenshots.

`mysql_server` starts a MariaDB or MySQL server from what is installed; `programs` starts any server by its command
line; `ports` finds free ones; `processes` reads processes from `/proc`; `waiting` waits for a condition. Nothing here
knows a test, a benchmark or the project, and nothing of it is shipped.
"""
