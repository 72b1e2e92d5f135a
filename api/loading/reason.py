"""What went wrong, in one line: for anyone who asks the service, and in full for its operators' log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from quantity.db.failures import message_of
from quantity.passwords import HIDDEN, hidden, secrets_of

if TYPE_CHECKING:
    from quantity.settings import Settings

MAX_LENGTH: Final = 400
MAX_LOG_LENGTH: Final = 2000

_OBJECT = re.compile(r" at 0x[0-9a-fA-F]+")

_PLACES = re.compile(
    r"""
      (?<=://)[^/\s'"<>)]+                                     # host and port of an address
    | (['"`])[^'"`]*\1@\1[^'"`]*\1                             # 'user'@'host'
    | (?<=\ user\ )'[^']*'
    | (?<=\ server\ on\ )'[^']*'
    | (?<=\bhost=)'[^']*' | (?<=\bport=)\d+
    | (?<=\bresolve\ )'[^']*'
    | \b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?                     # IPv4
    | (?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])  # IPv6
    | \b[A-Za-z][\w.-]*:\d{2,5}\b                              # host:port
    | (?<![\w*/.])(?:/[\w.@%+~-]+)+/?                          # path
    """,
    re.VERBOSE,
)


class Reasons:
    """Describes errors without the settings' secrets.

    Args:
        settings: of the program.
    """

    def __init__(self, settings: Settings) -> None:
        self._secrets = secrets_of(settings)
        names = {settings.mysql_user, settings.mysql_host or "", urlsplit(settings.tracking_uri).hostname or ""}
        self._names = re.compile(rf"(['\"`])(?:{'|'.join(map(re.escape, sorted(names)))})\1")

    def of(self, error: BaseException) -> str:
        """The error's class and message for anyone: no host, port, user, path or SQL."""
        text = _OBJECT.sub("", _PLACES.sub(HIDDEN, self._names.sub(HIDDEN, self._described(error))))
        return _shortened(text, MAX_LENGTH)

    def for_log(self, error: BaseException) -> str:
        """The error's class and message for the operators, up to SQL and without passwords."""
        return _shortened(self._described(error), MAX_LOG_LENGTH)

    def _described(self, error: BaseException) -> str:
        return hidden(message_of(f"{type(error).__name__}: {error}"), self._secrets)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"
