"""Cells of text: tags and attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from training.input_files.cells.cell import Parsed
from training.input_files.limits import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_REPLACEMENT_CHARACTER = "\ufffd"


@dataclass(frozen=True)
class Text:
    """Text of at most 255 characters; an empty cell is a missing value."""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"text of at most {LONGEST_TEXT} characters"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Strip blanks; nothing left is missing."""
        stripped = pc.utf8_trim_whitespace(text)
        too_long = pc.greater(pc.utf8_length(stripped), LONGEST_TEXT)
        faulty = pc.or_(too_long, pc.match_substring(stripped, _REPLACEMENT_CHARACTER))
        return Parsed(pc.if_else(pc.equal(stripped, ""), None, stripped), faulty)

    def advice(self, examples: Sequence[str]) -> str:
        """Name the setting where an encoding is wrong."""
        if any(_REPLACEMENT_CHARACTER in example for example in examples):
            return "The text is in another encoding: name it with `--encoding` (INPUT_ENCODING in .env)."
        return ""
