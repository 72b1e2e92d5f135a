"""The declared features as one digest: two programs that have the same one mean the same columns."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from quantity.features.definitions import CALENDAR, PRODUCT_ATTRIBUTES, SCOPES, STAGES, STORE_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from quantity.features.stages import Stage
    from quantity.features.transforms import Column


@cache
def features_digest() -> str:
    """The digest of the features that this version of the project declares: SHA-256, hexadecimal."""
    return digest_of_features(STAGES, SCOPES, CALENDAR, (STORE_ATTRIBUTES, PRODUCT_ATTRIBUTES))


def digest_of_features(
    stages: Sequence[Stage],
    scopes: Mapping[str, tuple[str, ...]],
    calendar: Iterable[Column],
    attributes: Iterable[tuple[str, ...]],
) -> str:
    """The digest of all that decides which columns the tables hold, and what is in them.

    The order of declaration does not matter. Formulas count as far as later stages measure orders by them: the others
    are computed from the tables and are in none.

    Args:
        stages: the features.
        scopes: what orders are grouped by.
        calendar: the features of the date.
        attributes: those of stores, and those of products.
    """
    lines = [f"scope {name} {key}" for name, key in scopes.items()]
    lines += [f"calendar {column.name} {column.integer}" for column in calendar]
    lines += [f"attributes {number} {name}" for number, names in enumerate(attributes) for name in names]
    lines += [line for number, stage in enumerate(stages) for line in _stored(number, stage)]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _stored(number: int, stage: Stage) -> Iterator[str]:
    """A line for each declaration of a stage that the tables depend on: its class and its arguments."""
    for transform in stage.transforms:
        yield f"{number} {transform!r} {transform.columns!r}"
    if stage.measures:
        yield from (f"{number} {declared!r}" for declared in (*stage.formulas, *stage.measures))
