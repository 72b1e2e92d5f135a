"""What a local copy holds of a model version or a snapshot: values in JSON, and arrays in one file, mapped into memory.

Both are plain data: reading them runs no code of theirs. A mapped file takes no memory of its own in a second
process that maps it.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic looks the types up
import zlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from api.serving.halves import ModelInMemory, SnapshotInMemory
from quantity.features.definitions import ATTRIBUTES, SCOPES
from quantity.online.compiled import CompiledModel
from quantity.online.keys import NO_KEYS, KeyIndex
from quantity.online.layout import Forest, Nodes, Rule
from quantity.online.scope_state import ScopeState
from quantity.online.snapshot import Attribute, Snapshot
from quantity.versions import Published, RegisteredVersion  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INFO_FILE, ARRAYS_FILE, WITHDRAWN_FILE = "info.json", "arrays.bin", "withdrawn"
KEY_ARRAYS = {
    kind: {f"{kind}_key.{field.name}": field.name for field in fields(KeyIndex)} for kind in ("store", "product")
}
"""By kind, the arrays of its text ids and what they are called in a `KeyIndex`."""

ALIGNMENT = 64
"""Of each array in the file, in bytes: a line of the processor's cache."""


class DamagedCopyError(RuntimeError):
    """The files are not what was written."""


@dataclass(frozen=True)
class ArrayPlace:
    """Where an array lies in the file: its type, its shape, and its first byte."""

    dtype: str
    shape: tuple[int, ...]
    begin: int


@dataclass(frozen=True)
class ModelInfo:
    """What `INFO_FILE` holds of a model version."""

    registered: RegisteredVersion
    loaded_at: dt.datetime
    checksum: int
    arrays: dict[str, ArrayPlace]

    @property
    def identity(self) -> str:
        """Differs for what differs."""
        return identity_of(self.registered.version, self.registered.run_id)


@dataclass(frozen=True)
class SnapshotInfo:
    """What `INFO_FILE` holds of a snapshot."""

    published: Published
    loaded_at: dt.datetime
    checksum: int
    arrays: dict[str, ArrayPlace]

    @property
    def identity(self) -> str:
        """Differs for what differs, also for a copy by an earlier version of the project, which left out the keys."""
        has_keys = KEY_ARRAYS["store"].keys() <= self.arrays.keys()
        return self.published.publication if has_keys else f"{self.published.publication} without keys"


def identity_of(version: str, run_id: str) -> str:
    """That of a model version."""
    return f"{version} of run {run_id}"


_Info = TypeVar("_Info")
_MODEL, _SNAPSHOT = TypeAdapter(ModelInfo), TypeAdapter(SnapshotInfo)


def write_withdrawal(folder: Path) -> None:
    """Write into an empty folder that nothing is to be served from it."""
    (folder / WITHDRAWN_FILE).touch()


def is_withdrawn(folder: Path) -> bool:
    """Whether that is what a folder says."""
    return (folder / WITHDRAWN_FILE).exists()


def write_model(model: ModelInMemory, folder: Path) -> None:
    """Write a model version into an empty folder."""
    compiled = model.compiled
    arrays = {f"label.{name}": labels for name, labels in compiled.labels.items()}
    arrays |= {f"forest.{name}": values for name, values in compiled.forest._asdict().items()}
    arrays |= {f"nodes.{name}": values for name, values in compiled.nodes._asdict().items()}
    arrays |= {f"rule.{name}": np.asarray(value) for name, value in compiled.rule._asdict().items()}
    checksum, places = write_arrays(arrays, folder / ARRAYS_FILE)
    write_info(ModelInfo(model.info, model.loaded_at, checksum, places), folder)


def read_model_info(folder: Path) -> ModelInfo:
    """Which model version a folder holds.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    return read_info(folder, _MODEL)


def read_model(folder: Path) -> ModelInMemory:
    """Read what `write_model` wrote.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    info = read_model_info(folder)
    arrays = read_arrays(info.arrays, info.checksum, folder / ARRAYS_FILE)
    compiled = CompiledModel(
        labels={name: arrays[f"label.{name}"] for name in ATTRIBUTES},
        forest=Forest(*(arrays[f"forest.{name}"] for name in Forest._fields)),
        nodes=Nodes(*(arrays[f"nodes.{name}"] for name in Nodes._fields)),
        rule=Rule(*(_number_or_array(arrays[f"rule.{name}"]) for name in Rule._fields)),
    )
    return ModelInMemory(info.registered, compiled, info.loaded_at)


def write_snapshot(snapshot: SnapshotInMemory, folder: Path) -> None:
    """Write a snapshot into an empty folder."""
    features = snapshot.features
    arrays = {"store_id": features.store_id, "product_id": features.product_id}
    for name, attribute in features.attributes.items():
        arrays |= {f"vocabulary.{name}": attribute.vocabulary, f"code.{name}": attribute.code}
    for scope, state in features.scopes.items():
        arrays |= {f"keys.{scope}": state.keys, f"features.{scope}": state.features}
    for kind, index in (("store", features.store_keys), ("product", features.product_keys)):
        arrays |= {name: getattr(index, field) for name, field in KEY_ARRAYS[kind].items()}
    checksum, places = write_arrays(arrays, folder / ARRAYS_FILE)
    write_info(SnapshotInfo(snapshot.info, snapshot.loaded_at, checksum, places), folder)


def read_snapshot_info(folder: Path) -> SnapshotInfo:
    """Which snapshot a folder holds.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    return read_info(folder, _SNAPSHOT)


def read_snapshot(folder: Path) -> SnapshotInMemory:
    """Read what `write_snapshot` wrote.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    info = read_snapshot_info(folder)
    arrays = read_arrays(info.arrays, info.checksum, folder / ARRAYS_FILE)
    features = Snapshot(
        info=info.published,
        store_id=arrays["store_id"],
        product_id=arrays["product_id"],
        attributes={name: Attribute(arrays[f"vocabulary.{name}"], arrays[f"code.{name}"]) for name in ATTRIBUTES},
        scopes={scope: ScopeState(arrays[f"keys.{scope}"], arrays[f"features.{scope}"]) for scope in SCOPES},
        store_keys=_key_index("store", arrays),
        product_keys=_key_index("product", arrays),
    )
    return SnapshotInMemory(features, info.loaded_at)


def _key_index(kind: str, arrays: Mapping[str, np.ndarray]) -> KeyIndex:
    names = KEY_ARRAYS[kind]
    return KeyIndex(*(arrays[name] for name in names)) if names.keys() <= arrays.keys() else NO_KEYS


def write_info(info: object, folder: Path) -> None:
    """Write what is not in arrays into a folder."""
    (folder / INFO_FILE).write_bytes(to_json(info, inf_nan_mode="constants"))


def read_info(folder: Path, kind: TypeAdapter[_Info]) -> _Info:
    """Read what `write_info` wrote.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    try:
        return kind.validate_json((folder / INFO_FILE).read_bytes())
    except ValidationError as error:
        raise DamagedCopyError(f"{INFO_FILE} is damaged: {error.errors()[0]['msg']}") from None


def write_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> tuple[int, dict[str, ArrayPlace]]:
    """Write arrays one behind the other; returns a checksum of the file, and where they are."""
    places, checksum = {}, 0
    with path.open("wb") as file:
        for name, values in arrays.items():
            places[name] = ArrayPlace(values.dtype.str, values.shape, file.tell())
            content = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
            for part in (content.data, bytes(-len(content) % ALIGNMENT)):
                checksum = zlib.crc32(part, checksum)
                file.write(part)
    return checksum, places


def read_arrays(places: Mapping[str, ArrayPlace], checksum: int, path: Path) -> dict[str, np.ndarray]:
    """Map the file into memory: its pages are shared with whoever maps it, as long as nobody writes to them."""
    if not path.stat().st_size:
        raise DamagedCopyError(f"{path.name} is empty")
    whole = np.asarray(np.memmap(path, np.uint8, mode="c"))
    if zlib.crc32(whole.data) != checksum:  # reads all of it: no request waits for the disk later
        raise DamagedCopyError(f"{path.name} is not what was written")
    return {name: _array(whole, place) for name, place in places.items()}


def _array(whole: np.ndarray, place: ArrayPlace) -> np.ndarray:
    dtype = np.dtype(place.dtype)
    length = dtype.itemsize * int(np.prod(place.shape, dtype=np.int64))
    return whole[place.begin : place.begin + length].view(dtype).reshape(place.shape)


def _number_or_array(values: np.ndarray) -> Any:
    """A single number as Python's own: the kernel is compiled for these."""
    return values if values.ndim else values.item()
