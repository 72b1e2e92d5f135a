"""The feature store in an environment that has Feast: `make feast-venv` installs it."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pandas as pd

from tests.support.api.service_process import environment_of
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from quantity.settings import Settings

ROOT: Final = Path(__file__).parents[3]
PYTHON: Final = ROOT / ".feast-venv" / "bin" / "python"
ASK: Final = ROOT / "tests" / "support" / "feast" / "ask_feast.py"
SECONDS: Final = 300.0


class Feast:
    """Feast with the settings of a test, as a context; one process answers all that is asked.

    Args:
        settings: of it.
        folder: for questions and answers.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self._folder, self._asked = settings, folder, 0
        if not PYTHON.exists():
            missing(f"{PYTHON} does not exist", "make feast-venv")

    def __enter__(self) -> Self:
        self._folder.mkdir()
        self._said = self._folder / "said.log"
        with self._said.open("w") as said:
            command, pipe = [str(PYTHON), str(ASK)], subprocess.PIPE
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=said, env=self.environment, cwd=ROOT, text=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m feature_store``."""
        return subprocess.run(
            [str(PYTHON), "-m", "feature_store", *arguments],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """All that it has of variables."""
        return os.environ | environment_of(self.settings)

    def up_to_date(self) -> None:
        """Have it know the repository and the exported latest state."""
        done = self("materialize")
        assert done.returncode == 0, done.stdout

    def historical(self, asked: pd.DataFrame) -> pd.DataFrame:
        """The features of orders, in the order of ``asked``."""
        folder = self._ask("historical", asked.assign(place=range(len(asked))))
        answer = pd.read_parquet(self._answered(folder) / "answer.parquet")
        return answer.sort_values("place").reset_index(drop=True).drop(columns="place")

    def online(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """The online features of pairs, in their order."""
        return pd.read_parquet(self._answered(self._ask("online", pairs)) / "answer.parquet")

    def described(self) -> Any:
        """What its registry holds."""
        return _told(self._answered(self._ask("describe")))

    @contextmanager
    def watching(self, pairs: pd.DataFrame) -> Iterator[dict[str, int]]:
        """Ask for pairs again and again; at the end, how often that was, and how many values were missing."""
        found: dict[str, int] = {}
        folder = self._ask("watch", pairs)
        try:
            yield found
        finally:
            (folder / "stop").touch()
            found |= _told(self._answered(folder))

    def _ask(self, what: str, asked: pd.DataFrame | None = None) -> Path:
        self._asked += 1
        folder = self._folder / f"question-{self._asked}"
        folder.mkdir()
        (folder / "question.txt").write_text(what)
        if asked is not None:
            asked.to_parquet(folder / "asked.parquet")
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        return folder

    def _answered(self, folder: Path) -> Path:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "answered\n", self._said.read_text()
        return folder


def _told(folder: Path) -> Any:
    return json.loads((folder / "answer.json").read_text())
