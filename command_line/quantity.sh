#!/bin/sh
# quantity COMMAND...: the command line in an image, which holds the packages in /app and installs none of them.
PYTHONPATH=/app${PYTHONPATH:+:$PYTHONPATH} exec python -m command_line "$@"
