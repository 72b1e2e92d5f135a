"""A model in parts."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from api.loaded import LoadedModel
from api.parts import OtherProgramError, Parts
from quantity.features.definitions import ATTRIBUTES, FORMULAS, INPUTS
from quantity.online.compiled import CompiledModel
from quantity.online.layout import Forest, Rule
from quantity.versions import RegisteredVersion

_ARRAYS = frozenset(
    {f"label.{name}" for name in ATTRIBUTES}
    | {f"forest.{name}" for name in Forest._fields}
    | {f"rule.{name}" for name in Rule._fields}
)


def model_to_parts(loaded: LoadedModel) -> Parts:
    """Take a model apart."""
    compiled = loaded.compiled
    arrays = {f"label.{name}": labels for name, labels in compiled.labels.items()}
    arrays |= {f"forest.{name}": values for name, values in compiled.forest._asdict().items()}
    arrays |= {f"rule.{name}": np.asarray(value) for name, value in compiled.rule._asdict().items()}
    return Parts({"version": asdict(loaded.info), **_features()}, arrays)


def model_of_parts(parts: Parts, origin: Literal["registry", "local copy"]) -> LoadedModel:
    """Put a model together.

    Raises:
        OtherProgramError: it was compiled for another list of features, or into other arrays.
    """
    if any(parts.info.get(name) != values for name, values in _features().items()):
        raise OtherProgramError("it was written with another list of features")
    arrays = parts.arrays
    if lacking := _ARRAYS - arrays.keys():
        raise OtherProgramError(f"it was written without {', '.join(sorted(lacking))}")
    compiled = CompiledModel(
        labels={name: arrays[f"label.{name}"] for name in ATTRIBUTES},
        forest=Forest(*(arrays[f"forest.{name}"] for name in Forest._fields)),
        rule=Rule(*(_plain(arrays[f"rule.{name}"]) for name in Rule._fields)),
    )
    version = parts.info["version"]
    info = RegisteredVersion(**{**version, "trained_at": dt.datetime.fromisoformat(version["trained_at"])})
    return LoadedModel(info, compiled, origin, dt.datetime.now(dt.UTC))


def _plain(values: np.ndarray) -> Any:
    """A single number as Python's own: the kernel is compiled for these."""
    return values if values.ndim else values.item()


def _features() -> dict[str, list[str]]:
    """What the columns of a row are, and how those of the formulas are computed."""
    return {"inputs": list(INPUTS), "formulas": [repr(formula) for formula in FORMULAS]}
