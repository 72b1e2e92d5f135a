"""A program for a container: can what its image holds be imported in it?"""

from typing import Final

IMPORT_EVERY_MODULE: Final = """
import importlib, importlib.util, pkgutil, sys
others = () if importlib.util.find_spec("pyspark") else ("training.spark.",)
for package in map(importlib.import_module, sys.argv[1:]):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith(("__main__", ".migrations.env")) and not module.name.startswith(others):
            importlib.import_module(module.name)
"""
"""``python -c IMPORT_EVERY_MODULE PACKAGE...``; programs are left out: ``__main__``, and what Alembic runs, and what is
for images with Spark where there is none."""
