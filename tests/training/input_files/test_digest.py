"""The digest of files changes with names and contents, and with nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from training.input_files.digest import digest_of

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, **contents: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content)
    return [folder / name for name in contents]


def test_neither_time_nor_folder_nor_order_counts(tmp_path: Path) -> None:
    first = written(tmp_path / "a", x="1", y="2")
    moved = written(tmp_path / "b", x="1", y="2")
    os.utime(moved[0], (0, 0))
    assert digest_of(first) == digest_of(reversed(moved))


def test_contents_names_and_the_border_between_files_count(tmp_path: Path) -> None:
    digests = {
        digest_of(files)
        for files in (
            written(tmp_path / "a", x="1", y="2"),
            written(tmp_path / "b", x="1", y="3"),
            written(tmp_path / "c", x="1", z="2"),
            written(tmp_path / "d", x="1"),
            written(tmp_path / "e", x="12", y=""),
            written(tmp_path / "f", x="", y="12"),
            [],
        )
    }
    assert len(digests) == 7
