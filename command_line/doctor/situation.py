"""What the checks have found so far, for those that come after them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings


@dataclass
class Situation:
    """What is there; None: it is not, or cannot be used.

    Attributes:
        folder: for copies that a check looks at in place of what it must not change.
        settings: of the program.
        database: connections to the tables that write nothing.
        registry: settings by which the registry is asked and nothing there is changed.
        champion: the number of the version that the alias points to.
    """

    folder: Path
    settings: Settings | None = None
    database: Engine | None = None
    registry: Settings | None = None
    champion: str | None = None
