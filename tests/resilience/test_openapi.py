"""The service keeps to its own OpenAPI document, whatever it is sent: schemathesis, all phases and all checks."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from quantity.settings import project_dir
from tests.resilience import schemathesis_hooks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.service_status import Watch

EXAMPLES = 300
SECONDS = 600
QUESTION = {"input": [{"store_id": 1, "product_id": 1}]}


def test_every_answer_is_as_documented(service: Watch, matrix: Matrix, tmp_path: Path) -> None:
    address = f"http://{service.process.client.base_url.netloc.decode()}/openapi.json"
    options = ["--checks=all", "--mode=all", f"--max-examples={EXAMPLES}", "--generation-deterministic", "--no-color"]
    # Its first answer takes seconds: a process starts for it.
    service.process.client.post("/quantity/explain", json=QUESTION, timeout=60).raise_for_status()
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", address, *options],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": schemathesis_hooks.__name__, "PYTHONPATH": str(project_dir())},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    generated = next(line for line in done.stdout.splitlines() if "generated" in line)
    matrix.figures.append(f"schemathesis: {generated.strip()}")
