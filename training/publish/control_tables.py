"""The control tables, brought to what this version of the project needs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

VERSION_TABLE = "control_tables_version"
"""Alembic's own table; not under the name that MLflow's has, should the two share a database."""

MIGRATIONS = Path(__file__).with_name("migrations")


class NewerDatabaseError(RuntimeError):
    """A later version of the project has migrated the database."""


def are_current(engine: Engine) -> bool:
    """Whether `upgrade_control_tables` has nothing to do.

    Raises:
        NewerDatabaseError: this version does not know what the tables are like.
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    with engine.connect() as connection:
        return _is_current(connection, ScriptDirectory.from_config(_config()))


def upgrade_control_tables(engine: Engine) -> None:
    """Make the control tables, or migrate those of an earlier version; what they hold is kept.

    Callers hold the publisher lock.

    Raises:
        NewerDatabaseError: this version does not know what the tables are like.
        sqlalchemy.exc.SQLAlchemyError: the database failed; the next run goes on where this one ended.
    """
    # Alembic narrates every step.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = _config()
    steps = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        if _is_current(connection, steps):
            return
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _is_current(connection: Connection, steps: ScriptDirectory) -> bool:
    done = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    known = {step.revision for step in steps.walk_revisions()}
    unknown = sorted(set(done) - known)
    if unknown:
        raise NewerDatabaseError(
            f"the control tables are of a later version of the project (step {', '.join(unknown)}; this one knows "
            f"them up to step {steps.get_current_head()}): update the project, or use another database"
        )
    return done == (steps.get_current_head(),)
