"""A process beside the service that talks to registry and database, and hands over what it loads as arrays.

Reading a model or a million rows takes many libraries, much memory and seconds of the interpreter's time: all
of that stays out of the process that answers requests.
"""
