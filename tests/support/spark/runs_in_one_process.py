"""Runs of preprocessing as standard input tells them, JSON; a line of exit codes and what they printed comes back."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from quantity.settings import Settings
from training import preprocess

if __name__ == "__main__":
    results = []
    for run in json.load(sys.stdin):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code: object
            try:
                code = preprocess.main(run["arguments"], Settings(_env_file=None, **run["settings"]))
            except SystemExit as ended:
                code = ended.code
        results.append((code, out.getvalue(), err.getvalue()))
    sys.stdout.write(json.dumps(results) + "\n")
