"""``quantity COMMAND``, or ``python -m command_line COMMAND``: finds the program and passes the arguments on."""

from __future__ import annotations

import difflib
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from command_line.commands import COMMANDS, NAME, Command
from command_line.installed import is_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, REFUSED = 0, 2
"""Exit codes, where no program that it runs has one."""

HELP = ("--help", "-h", "help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the result is its exit code."""
    name, *arguments = (sys.argv[1:] if argv is None else argv) or HELP[:1]
    if name in HELP:
        sys.stdout.write(f"usage: {NAME} COMMAND ...\n\n{_list()}\n`{NAME} COMMAND --help` tells more of each.\n")
        return DONE
    if name not in COMMANDS:
        close = difflib.get_close_matches(name.replace("_", "-"), COMMANDS, 1)
        nearest = f": {NAME} {close[0]}?" if close else ""
        sys.stderr.write(f"{NAME}: there is no command {name!r}{nearest}\n\n{_list()}")
        return REFUSED
    return _run(name, COMMANDS[name], arguments)


def _run(name: str, command: Command, arguments: Sequence[str]) -> int:
    try:
        program = import_module(command.module).main
        code: int = program([*command.first, *arguments], prog=f"{NAME} {name}")
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if is_installed(package):
            raise
        sys.stderr.write(f"{NAME} {name}: {_lacking(name, command, package)}\n")
        return REFUSED
    return code


def _lacking(name: str, command: Command, package: str) -> str:
    in_containers = command.in_containers or f"docker compose run --rm training {NAME} {name}"
    return (
        f"the package {package} is not installed here. It comes with {command.comes_with}. "
        f"In a checkout `make install` installs everything; with containers: `{in_containers}`"
    )


def _list() -> str:
    width = max(map(len, COMMANDS))
    return "".join(f"  {name:<{width}}  {command.summary}\n" for name, command in COMMANDS.items())


if __name__ == "__main__":
    sys.exit(main())
