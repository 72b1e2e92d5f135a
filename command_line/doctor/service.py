"""The service: whether it answers on its port, or could listen there, and what it keeps on local disk."""

from __future__ import annotations

import errno
import json
import socket
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from command_line.doctor.finding import Finding, fault, not_looked_at, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command_line.doctor.situation import Situation
    from quantity.settings import Settings

ANSWER_SECONDS = 3.0
LARGEST_ANSWER = 1_000_000

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound by this
"""Addresses to listen on that cannot be asked, and what is asked instead."""


def look(situation: Situation) -> Iterator[Finding]:
    """Try the port, and ask whoever has it."""
    settings = situation.settings
    assert settings is not None  # noqa: S101 - the check needs them
    yield _port(settings)
    yield from _local_copy(settings, situation.champion)


def _port(settings: Settings) -> Finding:
    host, port = settings.api_host, settings.api_port
    place = f"{host}:{port}"
    try:
        _bind(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return fault(f"the service cannot listen on {place}: {error.strerror}", "set API_HOST or API_PORT in .env")
        return _whoever_listens(EVERYWHERE.get(host, host), port)
    return ok(f"nobody listens on {place}: `quantity serve` would")


def _bind(host: str, port: int) -> None:
    """As the service would, without listening: nobody connects to this program by mistake."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _whoever_listens(host: str, port: int) -> Finding:
    place = f"{host}:{port}"
    try:
        document = _ask(host, port)
    except (OSError, HTTPException, ValueError) as error:
        return _taken(place, port, f"it does not answer as the service does: {error or type(error).__name__}")
    if document.get("status") not in ("ready", "not ready"):
        return _taken(place, port, "its answer is not the service's")
    model = document.get("model") or {}
    serves = f"model version {model.get('version', 'none')}, snapshot as of {document.get('as_of') or 'none'}"
    notes = "".join(f"; {note}" for note in document.get("notes", ()))
    if document["status"] == "ready":
        return ok(f"the service on {place} is ready: {serves}{notes}")
    reasons = "; ".join(document.get("reasons", ()))
    return fault(
        f"the service on {place} is not ready: {reasons} ({serves}{notes})",
        "correct what is told above; the service takes a model and a snapshot into service by itself",
    )


def _ask(host: str, port: int) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthcheck/ready")
        document = json.loads(connection.getresponse().read(LARGEST_ANSWER))
    finally:
        connection.close()
    return document if isinstance(document, dict) else {}


def _taken(place: str, port: int, why: str) -> Finding:
    return fault(
        f"another program listens on {place}; {why}",
        f"stop it (`ss --listening --tcp --processes 'sport = :{port}'` names it), or set API_PORT in .env",
    )


def _local_copy(settings: Settings, champion: str | None) -> Iterator[Finding]:
    """The compiled model that a restart serves at once."""
    try:
        # Only here: the training image has no service.
        from api.loading.contents import DamagedCopyError, is_withdrawn, read_model_info  # noqa: PLC0415
        from api.loading.local_copy import MODEL, LocalCopies, copies_folder  # noqa: PLC0415
    except ModuleNotFoundError as error:
        yield not_looked_at(
            f"the service's local copy: {error.name} is not installed here; in the stack, "
            "`docker compose exec api quantity doctor` looks at the service"
        )
        return
    copies = LocalCopies(copies_folder(settings))
    folder = copies.part(MODEL)
    if folder is None:
        yield ok(f"no compiled model in {copies.folder} yet: the service writes it when it has loaded one")
        return
    if is_withdrawn(folder):
        yield ok(f"{folder} says that no version was to be served")
        return
    try:
        version = read_model_info(folder).registered.version
    except (DamagedCopyError, OSError) as error:
        yield warning(f"{folder}: {error}", f"`rm -r {folder.parent}`: the service writes another")
        return
    behind = (
        "" if champion in (None, version) else f", which is not the champion {champion}: a running service takes it"
    )
    yield ok(f"compiled in {folder}: version {version}{behind}")
