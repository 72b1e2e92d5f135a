"""Looks pairs up in Feast's online store, in Feast's environment, and tells how long each lookup took.

It reads lines of JSON, each a list of entity rows, and writes for each a line: milliseconds.
"""

from __future__ import annotations

import json
import sys
import time

from feature_store.store import open_store


def main() -> None:
    """Answer until the input ends."""
    store = open_store()
    service = store.get_feature_service("quantity_v1")
    for line in sys.stdin:
        rows = json.loads(line)
        began = time.perf_counter()
        store.get_online_features(service, rows)
        sys.stdout.write(f"{(time.perf_counter() - began) * 1000}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
