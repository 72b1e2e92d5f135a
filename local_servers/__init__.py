"""Servers and processes started on this machine, shared by the tests and the benchmarks.

`mysql_server` starts a MariaDB or MySQL server from what is installed; `processes` reads processes from `/proc`;
`waiting` waits for a condition. Nothing here knows a test, a benchmark or the project, and nothing of it is shipped.
"""
