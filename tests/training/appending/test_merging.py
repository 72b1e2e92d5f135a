"""Order lines merged into others: what a dictionary of lists says, in whatever pieces and order they come."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from training.appending.merging import CONTENT, IDENTITY, Counts, change_of, joined_lines, merge_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

Identity = tuple[int, int, int, int, str]
Content = tuple[int | None, int, int | None]

IDENTITIES = st.tuples(
    st.integers(0, 2), st.integers(1, 2), st.integers(1, 2), st.just(1), st.sampled_from(["2025-01-06", "2025-01-07"])
)
CONTENTS = st.tuples(st.sampled_from([None, 7]), st.integers(1, 3), st.sampled_from([None, 0, 250]))
LINES = st.lists(st.tuples(IDENTITIES, CONTENTS), max_size=12)


class File(NamedTuple):
    """What a file holds: lines, and identities of lines that came to nothing."""

    lines: Sequence[tuple[Identity, Content]]
    cancelled: Sequence[Identity] = ()


FILES = st.builds(File, LINES, st.lists(IDENTITIES, max_size=2))
WITHOUT_CANCELLATIONS = st.builds(File, LINES)


def frame(lines: Iterable[tuple[Identity, Content]]) -> pd.DataFrame:
    rows = [(*identity, *content) for identity, content in lines]
    whole = dict.fromkeys([*IDENTITY[:-1], "quantity"], "int64")
    nullable = dict.fromkeys(("brand_id", "variant_case_price_cents"), "Int64")
    return pd.DataFrame(rows, columns=[*IDENTITY, *CONTENT]).astype(
        {**whole, **nullable, IDENTITY[-1]: "datetime64[s]"}
    )


def identity_frame(identities: Sequence[Identity]) -> pd.DataFrame:
    return frame((identity, (None, 1, None)) for identity in identities)[IDENTITY]


def merged(lines: pd.DataFrame, *files: File) -> tuple[pd.DataFrame, Counts]:
    """What is there after files, one after the other, and the last one's counts."""
    counts = Counts()
    for file in files:
        lines, counts = merge_lines(lines, frame(file.lines), identity_frame(file.cancelled))
    return lines, counts


def numbered(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.assign(line=range(1, len(lines) + 1))


def rows(lines: pd.DataFrame) -> Counter[tuple[object, ...]]:
    return Counter(lines[[*IDENTITY, *CONTENT]].astype("str").itertuples(index=False, name=None))


def naive(before: File, files: Iterable[File]) -> Counter[tuple[object, ...]]:
    there = grouped(before)
    for file in files:
        told = grouped(file)
        for identity in {*told, *file.cancelled}:
            if identity in file.cancelled or told[identity] - there[identity]:
                there[identity] = told[identity]
    return rows(frame((identity, content) for identity, found in there.items() for content in found.elements()))


def grouped(file: File) -> defaultdict[Identity, Counter[Content]]:
    groups: defaultdict[Identity, Counter[Content]] = defaultdict(Counter)
    for identity, content in file.lines:
        groups[identity][content] += 1
    return groups


@settings(max_examples=25, deadline=None)
@given(WITHOUT_CANCELLATIONS, st.lists(FILES, max_size=3))
def test_files_merge_as_a_dictionary_of_lists_does(before: File, files: list[File]) -> None:
    after, _ = merged(numbered(frame(before.lines)), *files)
    assert rows(after) == naive(before, files)


@settings(max_examples=25, deadline=None)
@given(LINES, st.randoms(use_true_random=False))
def test_pieces_in_any_order_and_again_give_what_one_file_gives(
    lines: list[tuple[Identity, Content]], random: Random
) -> None:
    """The lines of an identity stay together, as those of an order and day do in anybody's export."""
    pieces: defaultdict[int, list[tuple[Identity, Content]]] = defaultdict(list)
    piece_of: dict[Identity, int] = {}
    for identity, content in lines:
        pieces[piece_of.setdefault(identity, random.randrange(3))].append((identity, content))
    files = [File(piece) for piece in (*pieces.values(), *pieces.values())]
    random.shuffle(files)
    after, _ = merged(numbered(frame([])), *files)
    assert rows(after) == rows(frame(lines))


@settings(max_examples=25, deadline=None)
@given(WITHOUT_CANCELLATIONS, FILES)
def test_a_file_that_comes_again_changes_nothing(before: File, file: File) -> None:
    once, _ = merged(numbered(frame(before.lines)), file)
    there = numbered(once)
    twice, counts = merged(there, file)
    assert not change_of(there, twice)
    assert counts == Counts(already_there=len(file.lines) + len(file.cancelled))


@settings(max_examples=25, deadline=None)
@given(WITHOUT_CANCELLATIONS, FILES)
def test_every_line_is_counted_once_and_the_change_is_what_makes_the_difference(before: File, file: File) -> None:
    there = numbered(frame(before.lines))
    after, counts = merged(there, file)
    assert len(after) == len(there) + counts.new - counts.cancelled
    told = counts.new + counts.already_there + counts.corrected
    assert len(file.lines) <= told <= len(file.lines) + len(file.cancelled)
    change = change_of(there, after)
    kept = there[~there["line"].isin(change.removed)].drop(columns="line")
    assert rows(joined_lines(kept, change.added)) == rows(after)
    assert len(change.added) == counts.new + counts.corrected


@settings(max_examples=15, deadline=None)
@given(WITHOUT_CANCELLATIONS, st.lists(FILES, max_size=3))
def test_files_of_one_run_merge_as_files_of_several_do(before: File, files: list[File]) -> None:
    there = numbered(frame(before.lines))
    at_once, _ = merged(there, *files)
    for file in files:
        there = numbered(merged(there, file)[0])
    assert rows(at_once) == rows(there)


ORDER: Identity = (9, 1, 1, 1, "2025-01-06")


def counts_of(before: list[Content], file: list[Content], *cancelled: Identity) -> Counts:
    there = numbered(frame((ORDER, content) for content in before))
    return merged(there, File([(ORDER, content) for content in file], cancelled))[1]


def test_two_lines_of_one_identity_are_both_kept() -> None:
    assert counts_of([], [(7, 5, 100), (7, 3, 100)]) == Counts(new=2)
    assert counts_of([], [(7, 5, 100), (7, 5, 100)]) == Counts(new=2)


def test_one_of_two_lines_that_comes_again_alone_takes_nothing_away() -> None:
    assert counts_of([(7, 5, 100), (7, 3, 100)], [(7, 5, 100)]) == Counts(already_there=1)


def test_another_quantity_price_or_brand_is_a_correction() -> None:
    for content in ((7, 6, 100), (7, 5, 120), (8, 5, 100), (None, 5, 100), (7, 5, None)):
        assert counts_of([(7, 5, 100)], [content]) == Counts(corrected=1)


def test_a_correction_takes_the_place_of_all_lines_of_the_identity() -> None:
    assert counts_of([(7, 5, 100), (7, 3, 100)], [(7, 4, 100)]) == Counts(corrected=1, cancelled=1)
    assert counts_of([(7, 5, 100)], [(7, 5, 100), (7, 3, 100)]) == Counts(new=1, already_there=1)


def test_a_cancelled_line_goes_and_what_is_not_there_is_cancelled_already() -> None:
    assert counts_of([(7, 5, 100)], [], ORDER) == Counts(cancelled=1)
    assert counts_of([], [], ORDER) == Counts(already_there=1)
    assert counts_of([(7, 5, 100), (7, 3, 100)], [(7, 5, 100)], ORDER) == Counts(already_there=1, cancelled=1)


def test_the_same_order_number_in_another_store_is_another_order_and_told() -> None:
    there = numbered(frame([(ORDER, (7, 5, 100))]))
    elsewhere = (9, 2, *ORDER[2:])
    after, counts = merged(there, File([(elsewhere, (7, 4, 100))]))
    assert (len(after), counts) == (2, Counts(new=1, elsewhere=1))


def test_without_order_ids_other_stores_are_no_oddity() -> None:
    there = numbered(frame([((0, *ORDER[1:]), (7, 5, 100))]))
    assert merged(there, File([((0, 2, *ORDER[2:]), (7, 4, 100))]))[1] == Counts(new=1)


def test_brands_and_prices_are_whole_numbers_where_none_is_missing() -> None:
    with_missing, without = frame([(ORDER, (None, 5, None))]), frame([(ORDER, (7, 5, 100))])
    types = {"brand_id": "int64", "variant_case_price_cents": "int64"}
    assert joined_lines(without.astype(types), without).dtypes[list(types)].astype("str").tolist() == ["int64"] * 2
    joined = joined_lines(without.astype(types), with_missing)
    assert joined.dtypes[list(types)].astype("str").tolist() == ["Int64"] * 2
    assert list(chain.from_iterable(joined[list(types)].isna().to_numpy().tolist())) == [False, False, True, True]
