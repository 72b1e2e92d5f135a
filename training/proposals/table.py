"""Answers published as the table `proposed_orders`: readers see the ones before or all of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import inspect

from quantity.db.tables import NEXT, PROPOSALS, RETIRED
from training.publish.building import Progress, TableBuilder
from training.publish.control_tables import upgrade_control_tables
from training.publish.renames import rename_tables
from training.publish.tidying import tidy, tidy_if_possible

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy import Engine

    from training.proposals.pairs import Pairs
    from training.publish.database_lock import StillHeld


def rows_of_table(pieces: Iterator[pa.Table], pairs: Pairs) -> Iterator[pd.DataFrame]:
    """The rows of the table: each answered pair once, however often it was asked.

    Args:
        pieces: answers to all pairs, date after date.
        pairs: n of them.
    """
    _, firsts = np.unique((pairs.store_id << 31) + pairs.product_id, return_index=True)
    is_first = np.zeros(len(pairs.store_id), dtype=bool)
    is_first[firsts] = True
    place = 0
    for piece in pieces:
        wanted = pc.and_(pa.array(is_first[place : place + len(piece)]), pc.is_valid(piece["quantity"]))
        place = (place + len(piece)) % len(is_first)
        yield piece.filter(wanted).to_pandas(date_as_object=False)


def publish_proposals(engine: Engine, rows: int, frames: Iterator[pd.DataFrame], still_held: StillHeld) -> None:
    """Write answers to a table and put it in the place of the one before.

    Args:
        engine: the database.
        rows: how many there are, about.
        frames: the answers, in pieces.
        still_held: of the publisher lock, which the caller holds.

    Raises:
        NewerDatabaseError: a later version of the project has migrated the database.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database failed; the table is as it was.
    """
    upgrade_control_tables(engine)
    tidy(engine)
    try:
        TableBuilder(engine, Progress()).build_in_pieces({PROPOSALS: rows}, ((PROPOSALS, frame) for frame in frames))
        renames = [(PROPOSALS, PROPOSALS + RETIRED)] if inspect(engine).has_table(PROPOSALS) else []
        still_held()
        rename_tables(engine, [*renames, (PROPOSALS + NEXT, PROPOSALS)])
    finally:
        tidy_if_possible(engine, still_held)
