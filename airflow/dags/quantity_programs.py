"""What the DAGs share: the project's interpreter, the published features, retries.

Tasks run the project's programs in an environment of their own, so that Airflow's dependencies and the
project's never meet. A program ends with an exit code: 0 done, 2 wrong data, anything else a server that
failed or is busy.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from airflow.sdk import Context

PYTHON = os.environ.get("QUANTITY_PYTHON", "/opt/quantity/bin/python")
"""The project's interpreter."""

FEATURES = Asset("quantity_features", uri="quantity://features", group="quantity")
"""Updated by every snapshot that was published and verified."""

WRONG_DATA = 2
"""The programs' exit code for data that a second try would only find the same."""


class FailAtOnceOnWrongData(RetryPolicy):
    """Servers that fail are tried again; wrong data needs a person, at once."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - the base class's signature
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide by the exit code, which the exception tells in words."""
        if str(exception).endswith(f"exit code {WRONG_DATA}."):
            return RetryDecision.fail("the data are wrong: see the lines above and what the DAG's documentation says")
        return RetryDecision.default()


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "quantity",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": FailAtOnceOnWrongData(),
    # The run's id goes in by the environment, so that no shell reads it.
    "env": {"RUN_ID": "{{ run_id }}", "COLUMNS": "160"},
    "append_env": True,
    "cwd": "/tmp",  # noqa: S108 - nothing is written there; the default is made and removed for each task
    # No exit code means "skipped".
    "skip_on_exit_code": None,
}
