"""Local copies: whole or not at all, and only one's own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from api.loading.local_copy import LocalCopy, configuration_folder
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


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_there_is_nothing_before_the_first_save(tmp_path: Path) -> None:
    assert LocalCopy(tmp_path / "none").newest_first() == []


def test_the_last_one_saved_is_the_only_one(tmp_path: Path) -> None:
    copy = LocalCopy(tmp_path / "deep" / "copies")
    for text in ("a", "b", "c"):
        copy.save(Writer(text))

    (only,) = copy.newest_first()
    assert content(only) == {"first": "c", "second": "c"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_one_that_fails_half_way_leaves_the_one_before(tmp_path: Path, error: BaseException) -> None:
    copy = LocalCopy(tmp_path)
    copy.save(Writer("a"))

    with pytest.raises(type(error)):
        copy.save(Writer("b", error))

    (only,) = copy.newest_first()
    assert content(only) == {"first": "a", "second": "a"}
    assert {path.name for path in tmp_path.iterdir()} == {".lock", only.name}


def test_what_a_killed_process_left_is_not_a_copy_and_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".new-killed").mkdir()
    (tmp_path / ".new-killed" / "first").write_text("half", encoding="utf-8")
    copy = LocalCopy(tmp_path)
    assert copy.newest_first() == []

    copy.save(Writer("a"))

    assert not (tmp_path / ".new-killed").exists()


def test_a_file_where_the_folder_should_be_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(OSError, match="file"):
        LocalCopy(tmp_path / "file").save(Writer("a"))


def test_many_writers_leave_one_whole_copy(tmp_path: Path) -> None:
    threads = [threading.Thread(target=LocalCopy(tmp_path).save, args=[Writer(str(i))]) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (only,) = LocalCopy(tmp_path).newest_first()
    assert only.name == "00000008"
    assert len(set(content(only).values())) == 1
    assert len(content(only)) == 2


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

    assert configuration_folder(make_settings(tmp_path, **base)) != configuration_folder(
        make_settings(tmp_path, **{**base, **other})
    )


def test_a_new_password_is_no_other_configuration(tmp_path: Path) -> None:
    old, new = (make_settings(tmp_path, mysql_host="db", mysql_password=password) for password in ("a", "b"))

    assert configuration_folder(old) == configuration_folder(new)
