"""Who is told of alerts: a webhook and a mail server that keep what they get."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socketserver import TCPServer

HOST = "127.0.0.1"


@dataclass
class Webhook:
    """A webhook.

    Attributes:
        url: where it listens.
        messages: what Alertmanager has posted so far, oldest first.
    """

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)

    def alerts(self, status: str) -> dict[str, dict[str, Any]]:
        """By name, the alerts of a status, ``firing`` or ``resolved``, as they were told last."""
        told = [alert for message in list(self.messages) for alert in message["alerts"]]
        return {alert["labels"]["alertname"]: alert for alert in told if alert["status"] == status}


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook on a free port."""
    receiver = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.messages.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _serving(ThreadingHTTPServer((HOST, 0), Handler)) as port:
        receiver.url = f"http://{HOST}:{port}/alerts"
        yield receiver


@contextmanager
def mail_server() -> Iterator[tuple[str, list[str]]]:
    """Its host and port, and the mails that it has received so far."""
    mails: list[str] = []

    class Handler(StreamRequestHandler):
        """As much of SMTP (RFC 5321) as a client needs to get rid of a message."""

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"DATA":
                    self.say("354 go on")
                    mails.append(self.message())
                self.say("221 bye" if command == b"QUIT" else "250 well")

        def message(self) -> str:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.decode())
            return "".join(lines)

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _serving(ThreadingTCPServer((HOST, 0), Handler)) as port:
        yield f"{HOST}:{port}", mails


@contextmanager
def _serving(server: TCPServer) -> Iterator[int]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
