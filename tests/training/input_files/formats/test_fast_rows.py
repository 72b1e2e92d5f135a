"""The fast reader gives what the forgiving one gives, or leaves the block to it."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from training.input_files.formats.rows import Shape
from training.input_files.formats.text.fast_rows import FastRows
from training.input_files.formats.text.records import sort_rows

SHAPE = Shape(width=2, named=2, positions=(1, 0))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(["a", "1", '"', '""', ",", "\n", "\r\n", "\r", " ", "\0", "\xe9", "\x1a"]), min_size=1))
@example(['"', "a", "\n", "\n", "b", '"', ",", "1"])
@example(["a", ",", '"', "1", "\n"])
@example(["a", '"', ",", '"', "\n", '"', ",", "1", "\n"])
def test_any_text_is_read_alike(pieces: list[str]) -> None:
    text = "".join(pieces)
    fast = FastRows(",", SHAPE).read(text.encode())
    found, open_quote = sort_rows(text, ",", SHAPE, 1)
    if fast is not None:
        assert open_quote is None
        assert found.wrong == []
        rows = list(zip(*(column.to_pylist() for column in fast.batch.columns), strict=True))
        assert rows == [(record.fields[1], record.fields[0]) for record in found.rows]
        assert (fast.empty, fast.trailing) == (found.empty, found.trailing)


@given(st.lists(st.tuples(st.text("a1 ,;'\xe9"), st.text("b2\n\"'")), min_size=1, max_size=8))
def test_well_formed_rows_are_read_fast(rows: list[tuple[str, str]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    text = "".join(f"{quoted('x' + first)},{quoted(second)}\n" for first, second in rows)
    fast = FastRows(",", SHAPE).read(text.encode())
    assert (fast is None) == ("\n\n" in text)
    if fast is not None:
        assert fast.batch.column(1).to_pylist() == ["x" + first for first, _ in rows]
