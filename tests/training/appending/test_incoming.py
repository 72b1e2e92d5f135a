"""`preprocess.py --incoming`: what lies in the folder is taken in, then moved; nothing is lost or taken twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from tests.support.orders.csv_files import order_file, order_line, write
from tests.support.publishing.order_lines import quantities
from tests.support.publishing.preprocess_runs import Result, engine_of, everything
from training import preprocess, refused_files
from training.appending import intake
from training.appending.incoming import Incoming
from training.publish.lock import publish_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.settings import Settings
    from training.appending.taking import Taking

THIRD, FOURTH = order_file(order_line(ORDER_ID="3")), order_file(order_line(ORDER_ID="4"))
BAD = order_file(order_line(QUANTITY="x"))


@pytest.fixture
def incoming(loaded: Settings) -> Path:
    """The folder of a loaded database, empty."""
    folder = loaded.data_dir / "incoming"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    """The files in a folder and below it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_taken_in_by_name_in_one_publish_and_moved(
    run: Callable[..., Result], loaded: Settings, incoming: Path
) -> None:
    """The second file corrects the first."""
    write(incoming, {"b.csv": order_file(order_line(ORDER_ID="3", QUANTITY="5")), "a.csv": THIRD})
    result = run(loaded, "--incoming")
    assert (result.code, result.err) == (preprocess.DONE, "")
    assert "published snapshot 2," in result.out
    assert quantities(loaded) == {1: [12], 2: [6], 3: [5]}
    assert names(incoming) == ["done/a.csv", "done/b.csv"]


@pytest.mark.parametrize("options", [[], ["--raw-only"]])
def test_a_bad_file_holds_no_good_one_back_and_lies_apart_with_the_reason(
    run: Callable[..., Result], loaded: Settings, incoming: Path, options: list[str]
) -> None:
    write(incoming, {"a.csv": BAD, "b.csv": THIRD, "c.pdf": "%PDF-1.4"})
    result = run(loaded, "--incoming", *options)
    assert result.code == preprocess.BAD_INPUT
    assert f"preprocess: 2 files refused, now in {incoming / 'refused'}; all others were taken in" in result.err
    assert "a.csv, column QUANTITY" in result.err
    assert quantities(loaded)[3] == [12]
    refused = ["refused/a.csv", "refused/a.csv.reason.txt", "refused/c.pdf", "refused/c.pdf.reason.txt"]
    assert names(incoming) == ["done/b.csv", *refused]
    reason = (incoming / "refused" / "a.csv.reason.txt").read_text()
    assert reason in result.err + "\n"
    assert "line 2: 'x'" in reason


def test_refused_files_are_told_until_they_are_gone(
    run: Callable[..., Result], loaded: Settings, incoming: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused_files.main([], loaded) == refused_files.NONE
    write(incoming, {"a.csv": BAD})
    assert run(loaded, "--incoming").code == preprocess.BAD_INPUT
    assert refused_files.main([], loaded) == refused_files.SOME
    printed = capsys.readouterr()
    assert "line 2: 'x'" in printed.out
    assert "1 refused file lies in" in printed.err
    for path in (incoming / "refused").iterdir():
        path.unlink()
    assert refused_files.main([str(incoming)], loaded) == refused_files.NONE


def test_files_of_the_same_name_are_all_kept(run: Callable[..., Result], loaded: Settings, incoming: Path) -> None:
    for number in range(3, 6):
        write(incoming, {"orders.csv": order_file(order_line(ORDER_ID=str(number)))})
        assert run(loaded, "--incoming", "--raw-only").code == preprocess.DONE
    assert names(incoming) == ["done/orders-2.csv", "done/orders-3.csv", "done/orders.csv"]


def test_files_that_are_still_written_and_the_mapping_are_left_alone(
    run: Callable[..., Result], loaded: Settings, incoming: Path
) -> None:
    left = {"a.csv.part": BAD, "b.tmp": BAD, ".c.csv": BAD, "columns.yaml": "QUANTITY: cases\n"}
    write(incoming, left | {"d.csv": THIRD.replace("QUANTITY", "cases")})
    assert run(loaded, "--incoming", "--raw-only").code == preprocess.DONE
    assert names(incoming) == sorted([*left, "done/d.csv"])


def test_nothing_to_do_is_no_fault(run: Callable[..., Result], settings: Settings, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in ([], [str(tmp_path / "nowhere")], [str(empty)]):
        result = run(settings, "--incoming", *folder)
        assert (result.code, result.err) == (preprocess.DONE, "")
        assert "nothing to do" in result.out
    assert names(empty) == []


def test_the_files_of_the_data_folder_are_read_without_those_that_come(
    run: Callable[..., Result], loaded: Settings, incoming: Path
) -> None:
    write(incoming, {"data_order.csv": THIRD})
    assert run(loaded).code == preprocess.DONE
    assert quantities(loaded) == {1: [12], 2: [6]}


@pytest.mark.parametrize("options", [[], ["--raw-only"]])
def test_a_run_killed_before_it_moves_the_files_is_made_up_for(
    run: Callable[..., Result], loaded: Settings, incoming: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    write(incoming, {"a.csv": THIRD})

    def die(_incoming: Incoming, _taking: Taking) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Incoming, "move", die)
        with pytest.raises(KeyboardInterrupt):
            run(loaded, "--incoming", *options)
    assert names(incoming) == ["a.csv"]
    before = everything(loaded)
    result = run(loaded, "--incoming", *options)
    assert result.code == preprocess.DONE
    assert "a.csv: 0 order lines new, 1 already there" in result.out
    assert names(incoming) == ["done/a.csv"]
    assert everything(loaded) == before


def test_a_database_that_fails_moves_nothing(
    run: Callable[..., Result], loaded: Settings, incoming: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(incoming, {"a.csv": THIRD, "b.csv": BAD})

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", None, Exception("the database is gone"))

    for module, function, options in ((preprocess, "publication", []), (intake, "merge_order_lines", ["--raw-only"])):
        with monkeypatch.context() as patch:
            patch.setattr(module, function, fail)
            assert run(loaded, "--incoming", *options).code == preprocess.DATABASE_FAILED
        assert names(incoming) == ["a.csv", "b.csv"]


def test_a_run_beside_another_moves_nothing(run: Callable[..., Result], loaded: Settings, incoming: Path) -> None:
    write(incoming, {"a.csv": THIRD})
    with engine_of(loaded) as engine, publish_lock(engine, 0):
        assert run(loaded, "--incoming").code == preprocess.BUSY
    assert names(incoming) == ["a.csv"]


def test_a_file_that_changes_meanwhile_stays_for_the_next_run(
    run: Callable[..., Result], loaded: Settings, incoming: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(incoming, {"a.csv": THIRD})
    move = Incoming.move

    def write_then_move(files: Incoming, taking: Taking) -> None:
        write(incoming, {"a.csv": THIRD + FOURTH.splitlines()[1] + "\n"})
        move(files, taking)

    with monkeypatch.context() as patch:
        patch.setattr(Incoming, "move", write_then_move)
        assert run(loaded, "--incoming", "--raw-only").code == preprocess.DONE
    assert names(incoming) == ["a.csv"]
    assert run(loaded, "--incoming", "--raw-only").code == preprocess.DONE
    assert quantities(loaded) == {1: [12], 2: [6], 3: [12], 4: [12]}


def test_a_folder_that_gives_no_file_up_is_told_before_anything_is_done(
    run: Callable[..., Result], loaded: Settings, incoming: Path
) -> None:
    write(incoming, {"a.csv": THIRD, "done": "a file where the folder should be"})
    before = everything(loaded)
    result = run(loaded, "--incoming")
    assert result.code == preprocess.BAD_INPUT
    assert "files cannot be moved to done and refused there" in result.err
    assert everything(loaded) == before
