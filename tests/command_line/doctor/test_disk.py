"""The disk's part of the report."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.support.command_line import diagnose
from tests.support.faults.small_disk import mounted

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from quantity.settings import Settings


def test_each_folder_is_told_with_what_is_free(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.data_dir.mkdir(parents=True)
    (settings.data_dir / "data_order.csv").touch()
    lines = diagnose(settings, capsys)["disk"]
    assert [line.seen.split()[0] for line in lines] == ["LOCAL_DIR", "ARTIFACTS_DIR", "DATA_DIR"]
    assert "(not made yet)" in lines[0].seen
    assert "holds 1 file:" in lines[2].seen
    assert all(line.seen.endswith(" GB free") for line in lines)


def test_a_disk_that_is_small_or_may_only_be_read_is_a_fault(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "disk"
    with mounted(disk):
        settings = settings.model_copy(update={"local_dir": disk / "local"})
        line = diagnose(settings, capsys).only("disk", "fault")
        assert line.seen == f"LOCAL_DIR {disk}/local (not made yet): 0.0 GB free"
        assert line.remedy.startswith("make room there, or set LOCAL_DIR")

        (disk / "local").mkdir()
        (disk / "local" / "mlops.db").touch()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        folder, file = (line for line in diagnose(settings, capsys)["disk"] if line.state == "fault")
        assert folder.seen == f"LOCAL_DIR {disk}/local cannot be written to"
        assert folder.remedy == f"`sudo chown -R $USER {disk}/local`, or set LOCAL_DIR to a folder of yours"
        assert file.seen == f"{disk}/local/mlops.db cannot be written to"
