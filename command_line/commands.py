"""The commands: a name, the program, and a line about it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "quantity"

TRAINING, API = "the extra `training`, which the training image has", "the extra `api`, which the API's image has"


class Command(NamedTuple):
    """A program: ``main(argv, prog=…)`` of a module, which is imported when it is asked for.

    Attributes:
        module: its module.
        summary: a line about it.
        first: arguments in front of those that are given.
        comes_with: the extra of its packages, and the image that has them.
        in_containers: how to run it there; empty: in the training image, by the same name.
    """

    module: str
    summary: str
    first: tuple[str, ...] = ()
    comes_with: str = TRAINING
    in_containers: str = ""


COMMANDS: Final[Mapping[str, Command]] = MappingProxyType(
    {
        "run": Command(
            "command_line.run",
            "from nothing to a served prediction: data, features, model, API",
            comes_with="the extras `training` and `api`; no image has both",
            in_containers="docker compose up --detach --wait && docker compose run --rm training",
        ),
        "sample": Command("training.sample", "write orders to try things on"),
        "preprocess": Command("training.preprocess", "files of orders, or the raw tables, to published features"),
        "train": Command("training.train", "train on the published features, register, promote if better"),
        "predict": Command("training.predict", "answer whole lists of pairs, into a file or a table"),
        "score": Command("training.score", "score the logged answers by the orders that came"),
        "replay": Command("training.replay", "let champion and challengers answer the new orders"),
        "drift-report": Command("training.drift_report", "compare today's features and answers with training's"),
        "recalibrate": Command("training.recalibrate", "propose another range where coverage has left its bounds"),
        "promote": Command("training.promote", "list the versions, or make one the champion"),
        "rollback": Command("training.preprocess", "put the previous snapshot back", ("--rollback",)),
        "export-features": Command("training.export_features", "write the features as files for a feature store"),
        "raw-checks": Command("training.raw_checks", "check the raw tables"),
        "snapshot-checks": Command("training.snapshot_checks", "verify the published snapshot"),
        "refused-files": Command("training.refused_files", "list the order files that were refused, and why"),
        "serve": Command(
            "api.__main__",
            "serve predictions over HTTP",
            comes_with=API,
            in_containers="docker compose up --detach --wait api",
        ),
        "wait-until-ready": Command(
            "api.status.wait_until_ready",
            "return when the service answers predictions",
            comes_with=API,
            in_containers="docker compose exec api quantity wait-until-ready",
        ),
        "doctor": Command(
            "command_line.doctor.program",
            "look at settings, disk, database, registry, model and service, and tell what is wrong",
            comes_with="every image",
        ),
    }
)
