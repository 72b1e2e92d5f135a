"""A snapshot as a model reads it: what depends on a store or a product alone is evaluated here, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import (
    CALENDAR,
    PRODUCT_ATTRIBUTES,
    ROW,
    SCOPES,
    STORE_ATTRIBUTES,
    served_columns_of,
)
from quantity.features.ids import positions
from quantity.features.relative import evaluate
from quantity.online import kernel
from quantity.online.formulas import compile_formulas
from quantity.online.layout import Mixed, Side, State
from quantity.online.sources import AGEING, Source, columns_of, formulas_of, source_of_scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantity.features.timeline import Ints
    from quantity.online.compiled import CompiledModel
    from quantity.online.snapshot import Snapshot

_PAIR_FORMULAS = formulas_of(Source.PAIR)
_PROGRAM = compile_formulas(_PAIR_FORMULAS)
_MIXED = tuple(s for s in SCOPES if source_of_scope(s) is Source.PAIR and served_columns_of(s))
_PAIR = "store_product"
assert _PAIR in _MIXED  # noqa: S101 - it tells cold starts


def bind(model: CompiledModel, snapshot: Snapshot) -> State:
    """The state that the kernel answers from."""
    split = np.flatnonzero(_splits(model))
    return State(
        stores=_side(Source.STORE, model, snapshot),
        products=_side(Source.PRODUCT, model, snapshot),
        mixed=_mixed(snapshot),
        formulas=_PROGRAM,
        ages=_indices(sorted(AGEING)),
        calendar=ROW.index(CALENDAR[0].name),
        of_date=np.intersect1d(_indices(columns_of(Source.DATE)), split),
        of_pair=np.intersect1d(_indices({*columns_of(Source.PAIR), *AGEING}), split),
        row=len(ROW),
        packs=_packs(model.rule.products, snapshot.product_id),
    )


def plain(values: np.ndarray) -> np.ndarray:
    """The same, copied only if it is strided or read-only: the kernel is compiled for plain arrays."""
    flags = values.flags
    return values if flags.c_contiguous and flags.writeable else np.array(values, order="C")


def _side(source: Source, model: CompiledModel, snapshot: Snapshot) -> Side:
    of_store = source is Source.STORE
    columns = _looked_up(source, snapshot)
    for name in STORE_ATTRIBUTES if of_store else PRODUCT_ATTRIBUTES:
        attribute = snapshot.attributes[name]
        columns[name] = model.codes(name, attribute.vocabulary, attribute.code)
    columns |= evaluate(formulas_of(source), columns)
    read_by_pairs = _read_by_pairs(model)
    names = sorted(columns, key=lambda name: name not in read_by_pairs)
    values, places = np.stack([columns[name] for name in names], axis=1), _indices(names)
    fixed = np.array([name not in AGEING for name in names])
    return Side(
        ids=plain(snapshot.store_id if of_store else snapshot.product_id),
        values=values,
        columns=places,
        copied=len(read_by_pairs & columns.keys()),
        reached=kernel.reached_by(values[:, fixed], places[fixed], len(ROW), model.forest),
    )


def _looked_up(source: Source, snapshot: Snapshot) -> dict[str, np.ndarray]:
    """(n,) float32 columns of the scopes whose groups depend on the store, or on the product, alone."""
    found: dict[str, np.ndarray] = {}
    for scope in SCOPES:
        if source_of_scope(scope) is source:
            left, right, _ = snapshot.group_codes(scope)
            values = snapshot.scopes[scope].of_groups(left if source is Source.STORE else right)
            found |= {column.name: values[:, i] for i, column in enumerate(served_columns_of(scope))}
    return found


def _read_by_pairs(model: CompiledModel) -> set[str]:
    """What is read pair by pair: by formulas, by the rule, and what ages."""
    by_rule = {ROW[column] for column in model.rule.reads}
    return {name for formula in _PAIR_FORMULAS for name in formula.reads} | by_rule | AGEING


def _mixed(snapshot: Snapshot) -> Mixed:
    left, right, width = zip(*(snapshot.group_codes(scope) for scope in _MIXED), strict=True)
    scopes = [snapshot.scopes[scope] for scope in _MIXED]
    return Mixed(
        left=np.stack(left, axis=1),
        right=np.stack(right, axis=1),
        width=np.array(width),
        keys=tuple(plain(state.keys) for state in scopes),
        first=tuple(
            np.searchsorted(state.keys, np.arange(of.max(initial=0) + 2) * w)
            for state, of, w in zip(scopes, left, width, strict=True)
        ),
        features=tuple(plain(state.features) for state in scopes),
        columns=tuple(_indices(column.name for column in served_columns_of(scope)) for scope in _MIXED),
        pair=_MIXED.index(_PAIR),
    )


def _splits(model: CompiledModel) -> np.ndarray:
    """(f,) how many splits each column has."""
    count = np.diff(model.forest.start).astype(np.int64)
    return count[: len(ROW)] + count[len(ROW) :]


def _packs(products: Ints, product_id: Ints) -> Ints:
    position, known = positions(products, product_id)
    return np.where(known, position, kernel.NOT_FOUND)


def _indices(names: Iterable[str]) -> np.ndarray:
    return np.array([ROW.index(name) for name in names], dtype=np.int64)
