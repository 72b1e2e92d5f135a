"""The folder that order files are dropped into: what lies there, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from training.input_files.find import find_dropped_files

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from training.appending.taking import RefusedFile, Taking

INCOMING: Final = "incoming"
"""The folder's name in the data folder."""

DONE, REFUSED = "done", "refused"
"""The folders in it."""

REASON: Final = ".reason.txt"
"""The ending of the file that tells why the one beside it was refused."""

_PACKED: Final = frozenset({".gz", ".zip"})


class UnmovableError(RuntimeError):
    """Files cannot be moved out of the folder."""


@dataclass(frozen=True)
class Incoming:
    """The files that lie in the folder.

    Attributes:
        folder: it.
        states: file to what it is: another one, or another content, is left for the next time.
    """

    folder: Path
    states: dict[Path, tuple[int, ...]]

    @classmethod
    def of(cls, folder: Path) -> Incoming:
        """Look into the folder, and see that files can be moved out of it.

        Raises:
            UnmovableError: they cannot.
        """
        files = [path for path in find_dropped_files(folder) if not path.name.endswith(REASON)]
        found = cls(folder, {path: _state(path.stat()) for path in files})
        if found.states:
            found._prepare()
        return found

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, by name."""
        return tuple(self.states)

    def move(self, taking: Taking) -> None:
        """Move the files that were taken, and those that were refused with the reason beside each.

        Raises:
            OSError: one cannot be moved; the next time it is found to be there already.
        """
        for taken in taking.taken:
            self._move(taken.path, DONE)
        for refused in taking.refused:
            self._refuse(refused)

    def _prepare(self) -> None:
        try:
            for name in (DONE, REFUSED):
                (self.folder / name).mkdir(exist_ok=True)
            # A folder that may not be written to does not give a file up, either.
            probe = self.folder / ".probe"
            probe.touch()
            probe.rename(self.folder / DONE / probe.name).unlink()
        except OSError as error:
            raise UnmovableError(
                f"{self.folder}: files cannot be moved to {DONE} and {REFUSED} there ({error.strerror}), so none is "
                "taken in: give the folder to the user that runs this"
            ) from error

    def _refuse(self, refused: RefusedFile) -> None:
        moved = self._move(refused.path, REFUSED)
        if moved is not None:
            moved.with_name(moved.name + REASON).write_text(refused.reason + "\n", encoding="utf-8")

    def _move(self, path: Path, name: str) -> Path | None:
        """Where the file is now; None if it is no longer the one that was read."""
        try:
            if _state(path.stat()) != self.states[path]:
                return None
            return path.rename(_free(self.folder / name / path.name))
        except FileNotFoundError:
            return None


def refused_files(folder: Path) -> dict[str, str]:
    """The refused files that still lie there: name to reason."""
    files = find_dropped_files(folder / REFUSED)
    return {path.name: _reason(path) for path in files if not path.name.endswith(REASON)}


def _reason(path: Path) -> str:
    reason = path.with_name(path.name + REASON)
    return reason.read_text(encoding="utf-8").strip() if reason.is_file() else "no reason lies beside it"


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _free(path: Path) -> Path:
    """The path, or one with a number that no file has yet."""
    ending = "".join(path.suffixes[-2:]) if path.suffix.lower() in _PACKED else path.suffix
    stem = path.name.removesuffix(ending)
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{stem}-{number}{ending}")
    return path
