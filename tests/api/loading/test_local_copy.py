"""Local copies: whole or not at all, and only one's own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from api.loading.local_copy import MODEL, SNAPSHOT, LocalCopies, copies_folder
from tests.support.api.apps import make_settings

if TYPE_CHECKING:
    from pathlib import Path


class Writer:
    """Writes a file of two halves; a failing one stops between them."""

    def __init__(self, text: str, error: BaseException | None = None) -> None:
        self.text, self.error = text, error

    def __call__(self, folder: Path) -> None:
        (folder / "first").write_text(self.text, encoding="utf-8")
        if self.error is not None:
            raise self.error
        (folder / "second").write_text(self.text, encoding="utf-8")


def content(folder: Path | None) -> dict[str, str]:
    """By path in a copy, what its files hold."""
    assert folder is not None
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def halves(part: str, text: str) -> dict[str, str]:
    return {f"{part}/first": text, f"{part}/second": text}


def test_there_is_nothing_before_the_first_copy(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path / "none")

    assert (copies.newest(), copies.part(MODEL)) == (None, None)


def test_the_last_one_published_is_the_only_one(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path / "deep" / "copies")
    for text in ("a", "b", "c"):
        copies.publish({MODEL: Writer(text)})

    assert content(copies.newest()) == halves(MODEL, "c")
    assert [path.name for path in copies.folder.iterdir() if path.is_dir()] == ["00000003"]


def test_a_part_that_does_not_change_is_linked(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    copies.publish({MODEL: Writer("a"), SNAPSHOT: Writer("b")})
    before = copies.part(SNAPSHOT)
    assert before is not None
    inode = (before / "first").stat().st_ino

    copies.publish({MODEL: Writer("c")})

    assert content(copies.newest()) == halves(MODEL, "c") | halves(SNAPSHOT, "b")
    after = copies.part(SNAPSHOT)
    assert after is not None
    assert (after / "first").stat().st_ino == inode


def test_a_part_can_be_left_out(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    copies.publish({MODEL: Writer("a"), SNAPSHOT: Writer("b")})

    copies.publish({MODEL: None})

    assert content(copies.newest()) == halves(SNAPSHOT, "b")
    assert copies.part(MODEL) is None


def test_one_with_a_greater_number_is_newer(tmp_path: Path) -> None:
    for name in ("99999999", "100000000"):
        (tmp_path / name).mkdir()

    newest = LocalCopies(tmp_path).newest()

    assert newest is not None
    assert newest.name == "100000000"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_one_that_fails_half_way_leaves_the_one_before(tmp_path: Path, error: BaseException) -> None:
    copies = LocalCopies(tmp_path)
    copies.publish({MODEL: Writer("a")})

    with pytest.raises(type(error)):
        copies.publish({MODEL: Writer("b", error)})

    assert content(copies.newest()) == halves(MODEL, "a")
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "00000001"}


def test_what_a_killed_process_left_is_not_a_copy_and_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".new-killed").mkdir()
    (tmp_path / ".new-killed" / "first").write_text("half", encoding="utf-8")
    copies = LocalCopies(tmp_path)
    assert copies.newest() is None

    copies.publish({MODEL: Writer("a")})

    assert not (tmp_path / ".new-killed").exists()


def test_a_file_where_the_folder_should_be_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(OSError, match="file"):
        LocalCopies(tmp_path / "file").publish({MODEL: Writer("a")})


def test_many_writers_leave_one_whole_copy_with_a_part_of_each(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=LocalCopies(tmp_path).publish, args=[{part: Writer(str(i))}])
        for i in range(4)
        for part in (MODEL, SNAPSHOT)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    newest = LocalCopies(tmp_path).newest()
    assert newest is not None
    assert newest.name == "00000008"
    found = content(newest)
    assert len(found) == 4
    assert all(len({found[f"{part}/first"], found[f"{part}/second"]}) == 1 for part in (MODEL, SNAPSHOT))


@pytest.mark.parametrize(
    "other",
    [
        {"mlflow_tracking_uri": "http://elsewhere:5000"},
        {"mysql_host": "db2"},
        {"mysql_port": 3307},
        {"mysql_database": "other"},
        {"model_name": "other"},
        {"model_alias": "challenger"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_each_configuration_has_its_own(tmp_path: Path, other: dict[str, object]) -> None:
    base = {"mysql_host": "db1"}

    assert copies_folder(make_settings(tmp_path, **base)) != copies_folder(make_settings(tmp_path, **{**base, **other}))


def test_a_new_password_is_no_other_configuration(tmp_path: Path) -> None:
    old, new = (make_settings(tmp_path, mysql_host="db", mysql_password=password) for password in ("a", "b"))

    assert copies_folder(old) == copies_folder(new)


@pytest.mark.parametrize("name", ["INPUTS", "FORMULAS"])
def test_a_program_with_other_features_reads_no_copy_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings = make_settings(tmp_path)
    ours = copies_folder(settings)

    monkeypatch.setattr(f"api.loading.local_copy.{name}", ("another",))

    assert copies_folder(settings) != ours
