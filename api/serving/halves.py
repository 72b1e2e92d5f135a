"""The halves of what answers, a model version and a snapshot: plain data, known without the compiled code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from quantity.online.compiled import CompiledModel
    from quantity.online.snapshot import Snapshot
    from quantity.versions import Published, RegisteredVersion


@dataclass(frozen=True)
class ModelInMemory:
    """A model version in memory.

    Attributes:
        info: which registered version it is.
        compiled: the model.
        loaded_at: when it was loaded from the registry (UTC).
    """

    info: RegisteredVersion
    compiled: CompiledModel
    loaded_at: dt.datetime

    @property
    def version(self) -> str:
        """The registered version's number."""
        return self.info.version


@dataclass(frozen=True)
class SnapshotInMemory:
    """A features snapshot in memory.

    Attributes:
        features: the latest state.
        loaded_at: when it was loaded from the database (UTC).
    """

    features: Snapshot
    loaded_at: dt.datetime

    @property
    def info(self) -> Published:
        """Which published snapshot it is."""
        return self.features.info

    @property
    def version(self) -> str:
        """The publication, which is new with every publish and rollback."""
        return self.info.publication
