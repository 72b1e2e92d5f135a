"""A champion whose files are no good: the one before stays, everybody is told, and the next one is taken."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quantity.model_files import MODEL_FILE
from tests.support.faults.service_status import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.faults.endless_clients import Load
    from tests.support.faults.real_servers import Plant
    from tests.support.faults.service_status import Watch


class Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._path,)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def fill_with_garbage(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 100)


def put_code_into(file: Path) -> None:
    file.write_bytes(pickle.dumps(Touch(ran(file))))


def ran(file: Path) -> Path:
    """Where the code that is put into a model's file leaves its trace."""
    return file.with_name("ran")


@pytest.mark.parametrize(
    "harm", [truncate, fill_with_garbage, Path.unlink, put_code_into], ids=lambda harm: harm.__name__
)
def test_corrupt_model_version_promoted(plant: Plant, service: Watch, load: Load, harm: Callable[[Path], None]) -> None:
    served, failures = plant.champion, service.metric(FAILURES, "model")
    file = plant.files_of(harm.__name__) / MODEL_FILE
    harm(file)
    bad = plant.models.register(harm.__name__)

    plant.models.promote(bad)
    service.wait_until_failing("model")

    report = service.report()
    assert (report["version"], report["errors"]["model"]["version"]) == (served, bad)
    assert service.metric(FAILURES, "model") > failures
    assert service.readiness()[0] == 200
    (line,) = (line for line in service.lines("model not loaded") if line["version"] == bad)
    assert (line["level"], line["served"]) == ("error", served)
    assert line["reason"] == report["errors"]["model"]["reason"] != ""
    assert not ran(file).exists()
    load.wait_for_more()

    service.wait_for(plant.promote("other"))
