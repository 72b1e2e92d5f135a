"""The app in this process, asked without a server or a client in between: thousands of requests a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI
    from starlette.types import Message


class Answer(NamedTuple):
    """Status and body of an answer."""

    status: int
    body: bytes


class Asked:
    """Posts bodies to one path of an app.

    Args:
        app: it.
        path: where to.
    """

    def __init__(self, app: FastAPI, path: str) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }

    def close(self) -> None:
        """End its event loop."""
        self._runner.close()

    def post(self, bodies: Iterable[bytes]) -> list[Answer]:
        """The answers to these bodies, in their order."""
        return self._runner.run(self._post(bodies))

    async def _post(self, bodies: Iterable[bytes]) -> list[Answer]:
        return [await self._post_one(body) for body in bodies]

    async def _post_one(self, body: bytes) -> Answer:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            messages.append(message)

        headers = [(b"content-length", str(len(body)).encode())]
        scope: dict[str, Any] = {**self._scope, "headers": headers, "state": {}}
        await self._app(scope, receive, send)
        return Answer(messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:]))
