"""What went wrong, in one line that may be shown to anyone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from quantity.settings import Settings

MAX_LENGTH = 400

_USER_INFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")


class DescribedError(Exception):
    """An error of another process; its message is the description that `Reasons` made of it there."""


class Reasons:
    """Describes errors without the settings' secrets.

    Args:
        settings: of the program.
    """

    def __init__(self, settings: Settings) -> None:
        password = settings.mysql_password.get_secret_value()
        # A password that is also the user's name is no secret, and hiding it would garble the text.
        hidden = {password, quote(password, safe="")} - {"", settings.mysql_user}
        self._hidden = sorted(hidden, key=len, reverse=True)

    def of(self, error: BaseException) -> str:
        """The error's class and message."""
        if isinstance(error, DescribedError):
            return str(error)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        for secret in self._hidden:
            text = text.replace(secret, "***")
        text = _USER_INFO.sub("***", text)
        return text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + "…"

    def for_log(self, error: BaseException) -> str:
        """The same for the operators' own log."""
        return self.of(error)
