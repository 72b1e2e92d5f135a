"""Text without the passwords that the settings hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantity.settings import Settings

HIDDEN: Final = "***"

# Up to the last @: a password that should have been escaped may hold one.
_USER_INFO: Final = re.compile(r"(?<=://)[^/\s]+(?=@)")


def secrets_of(settings: Settings) -> frozenset[str]:
    """The passwords, as they are and as they stand in addresses.

    A password that is also its user's name is no secret, and hiding it would garble the text.
    """
    server = urlsplit(settings.tracking_uri)
    found = {settings.mysql_password.get_secret_value()} - {settings.mysql_user}
    found |= {server.password or ""} - {server.username}
    return frozenset({form for secret in found for form in (secret, quote(secret, safe=""), unquote(secret))} - {""})


def hidden(text: str, secrets: Iterable[str]) -> str:
    """A text without these secrets, and without users and passwords in addresses."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _USER_INFO.sub(HIDDEN, text)
