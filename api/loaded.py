"""A model and a snapshot in memory, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt

    from quantity.online.compiled import CompiledModel
    from quantity.online.snapshot import Snapshot
    from quantity.versions import RegisteredVersion

LOCAL_COPY: Literal["local copy"] = "local copy"


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory.

    Attributes:
        info: which registered version it is.
        compiled: the model.
        origin: where it was loaded from.
        loaded_at: when (UTC).
    """

    info: RegisteredVersion
    compiled: CompiledModel
    origin: Literal["registry", "local copy"]
    loaded_at: dt.datetime

    @property
    def version(self) -> str:
        """The registered version's number."""
        return self.info.version


@dataclass(frozen=True)
class LoadedSnapshot:
    """A features snapshot in memory.

    Attributes:
        snapshot: the latest state.
        origin: where it was loaded from.
        loaded_at: when (UTC).
    """

    snapshot: Snapshot
    origin: Literal["database", "local copy"]
    loaded_at: dt.datetime

    @property
    def version(self) -> str:
        """The publication, which is new with every publish and rollback."""
        return self.snapshot.info.publication
