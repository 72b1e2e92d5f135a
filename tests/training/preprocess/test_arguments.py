"""The program explains itself."""

from __future__ import annotations

import pytest

from training import preprocess


def test_help_tells_a_newcomer_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        preprocess.main(["--help"])
    assert stopped.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for told in ("--source", "--data-dir", "--rollback", "--wait", "training/data", "exit codes", "MYSQL_HOST"):
        assert told in text


@pytest.mark.parametrize("arguments", [["--source", "ftp"], ["--wait", "long"], ["--nonsense"]])
def test_bad_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        preprocess.main(arguments)
    assert stopped.value.code == preprocess.BAD_INPUT
    assert "usage: preprocess.py" in capsys.readouterr().err
