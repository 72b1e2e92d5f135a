"""What the tests of the formats share."""

from __future__ import annotations

import pytest

from training.input_files.formats.text import blocks


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of some thousand rows has many blocks, as a large one has."""
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 4096)
