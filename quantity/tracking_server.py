"""MLflow's server: whether it answers, asked before anything that takes long, and its failures in one line."""

from __future__ import annotations

import logging
import os
import re
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sqlalchemy import create_engine

from quantity.db.failures import message_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import Response

    from quantity.settings import Settings

ANSWER_SECONDS: Final = 10
"""The server has so long to take the first request, and as long to answer it."""

PATIENCE: Final = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""Of MLflow's client in later requests: a restart of the server costs a training nothing, and one that is gone half a
minute. By itself the client would try for minutes, and draw a bar for files of kilobytes where tqdm is installed."""

LONGEST_REASON: Final = 300

_QUESTION: Final = "/api/2.0/mlflow/experiments/search"
_USER_INFO: Final = re.compile(r"(?<=://)[^/\s]*@")
_INNERMOST: Final = re.compile(r".*\(Caused by \w+\(([\"']?)(?:\w+\([^()]*\): )?(.*)\1\)\)")
_DATABASE_SERVERS: Final = frozenset({"mysql", "postgresql", "mssql"})
_HOSTS: Final = "MLFLOW_SERVER_ALLOWED_HOSTS"


class TrackingServerError(RuntimeError):
    """MLflow cannot be used; the message is one line, without passwords."""


@contextmanager
def client_variables(variables: Mapping[str, str] = PATIENCE) -> Iterator[None]:
    """Tell MLflow's client how to behave, unless the environment says otherwise; undone at the end.

    The client reads the environment, and so would every process that is started later.

    Args:
        variables: of the client; by default it is patient for half a minute.
    """
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def ensure_answering(settings: Settings, seconds: float = ANSWER_SECONDS) -> None:
    """Ask MLflow one question.

    Args:
        settings: name the server or store.
        seconds: the server has so long to take the request, and as long to answer it.

    Raises:
        TrackingServerError: MLflow does not answer in time, or something else does.
    """
    # Each retry would be a line before the one that says all.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    try:
        if is_server(settings):
            _ask_server(settings, seconds)
        else:
            _ask_store(settings)
    except TrackingServerError:
        raise
    # MLflow's own, its HTTP client's, a database driver's that is not installed.
    except Exception as error:
        raise TrackingServerError(reason_of(error)) from error


def is_server(settings: Settings) -> bool:
    """Whether MLflow is a server, and no store that this program opens itself."""
    return urlsplit(settings.tracking_uri).scheme in ("http", "https")


def reason_of(error: BaseException) -> str:
    """A failure of MLflow or its client in one line, without what repeats itself, and without passwords."""
    text = _INNERMOST.sub(r"\2", message_of(f"{error}") or type(error).__name__)
    return without_passwords(text)[:LONGEST_REASON]


def without_passwords(text: str) -> str:
    """A text with addresses in it, without the users and passwords that these hold."""
    return _USER_INFO.sub("", text)


def _ask_store(settings: Settings) -> None:
    uri = settings.tracking_uri
    if urlsplit(uri).scheme.split("+")[0] in _DATABASE_SERVERS:
        # MLflow would try for minutes, and tell each time.
        create_engine(uri).connect().close()
    from quantity.registry import client  # noqa: PLC0415 - it takes seconds, and may not be needed at all

    client(settings).search_experiments(max_results=1)


def _ask_server(settings: Settings, seconds: float) -> None:
    # The client's own request, which knows of its tokens, certificates and proxies.
    from mlflow.utils.credentials import get_default_host_creds  # noqa: PLC0415 - as above
    from mlflow.utils.rest_utils import http_request  # noqa: PLC0415

    answer = http_request(  # type: ignore[no-untyped-call]
        get_default_host_creds(settings.tracking_uri),  # type: ignore[no-untyped-call]
        _QUESTION,
        "POST",
        max_retries=0,
        timeout=seconds,
        raise_on_status=False,
        json={"max_results": 1},
    )
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise TrackingServerError(_refusal(answer))
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TrackingServerError(f"the server fails: it answers {_shown(answer)}")
    if answer.status_code != HTTPStatus.OK or not _is_json(answer):
        raise TrackingServerError(f"this is no MLflow server: it answers {_shown(answer)}")


def _refusal(answer: Response) -> str:
    if "host" in answer.text.lower():
        host = urlsplit(answer.url).netloc
        return f"the server refuses the host {without_passwords(host)!r}: list it in {_HOSTS} there"
    return (
        f"the server refuses with status {answer.status_code}: "
        "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
    )


def _is_json(answer: Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _shown(answer: Response) -> str:
    kind = answer.headers.get("content-type", "").split(";")[0] or "nothing"
    return f"status {answer.status_code} with {kind}"
