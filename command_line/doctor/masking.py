"""The report without secrets, whatever a driver's error repeats."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from quantity.passwords import hidden, secrets_of

if TYPE_CHECKING:
    from quantity.settings import Settings

SECRET: Final = re.compile(r"PASSWORD|PASSWD|TOKEN|SECRET|_KEY$|_KEY_")
"""Names of variables whose values are secrets."""

SHORTEST: Final = 6
"""A shorter value of such a variable may be a word of the report, such as true or none."""


def masked(text: str, settings: Settings | None) -> str:
    """A text without the passwords of the settings, and of the variables that are no settings."""
    secrets = {value for name, value in os.environ.items() if SECRET.search(name.upper()) and len(value) >= SHORTEST}
    if settings is not None:
        # A password that is also its user's name is no secret; `secrets_of` knows.
        secrets -= {settings.mysql_user, settings.mysql_password.get_secret_value()}
        secrets |= secrets_of(settings)
    return hidden(text, secrets)
