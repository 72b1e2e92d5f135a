"""A run that builds the next snapshot on the published one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from quantity.features.calendar import day_to_date
from quantity.features.compute import HISTORY, PASSES, stream_features
from training.history.packed_orders import OrderPacker
from training.incremental.plan import parts_to_build_on, plan_on_published
from training.incremental.update import published_orders, read_update
from training.publish.publishing import publication

if TYPE_CHECKING:
    from quantity.versions import Published
    from training.incremental.plan import Plan
    from training.publish.as_of import Lines
    from training.publish.run import Run

MOST_DAYS_TOLD = 5


def publish_update(run: Run) -> tuple[Published, Lines]:
    """Publish a snapshot that is built on the published one; the result is its record, and which lines it is made of.

    Raises:
        FullRunError: it cannot be, or costs no less than all of it.
        NoOrdersBeforeError: no order line is before the as-of date.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed; the published snapshot is as it was.
    """
    engine, phases = run.engine, run.phases
    with phases.phase("find what has changed, read the orders"), ThreadPoolExecutor(1) as background:
        parts = parts_to_build_on(engine)
        reading = background.submit(published_orders, engine, parts)
        phases.start("compare each day's order lines", 1)
        plan = plan_on_published(engine, parts, run.as_of, run.today)
        phases.advance()
        run.console.print(_told(plan))
        phases.start("read the orders", 1)
        update = read_update(engine, plan, reading.result())
        del reading
        phases.advance()
    origin = run.origin(plan.lines, changed=bool(plan.changed))
    with (
        publication(engine, run.still_held, run.progress) as next_snapshot,
        OrderPacker(update.orders, update.past.end) as packer,
    ):
        with phases.phase("compute totals"):
            what = "compute totals"
            phases.start(what, PASSES * len(update.orders))
            features = stream_features(
                update.orders,
                update.entities,
                lambda count: phases.advance(count, what),
                as_of=plan.lines.as_of,
                past=update.past,
                keeper=packer.totals,
            )
        run.console.print(f"{features.rows[HISTORY]:,} rows of the history from {day_to_date(update.past.end)} on")
        with phases.phase("compute and write the rows"):
            next_snapshot.add_features(features, packer, update.kept)
        next_snapshot.add_order_days(plan.days)
        record = next_snapshot.publish(run.run_id, plan.lines.before, origin)
    return record, plan.lines


def _told(plan: Plan) -> str:
    days = [str(day) for day in plan.changed]
    if not days:
        return "no order line has changed since the published snapshot"
    more = len(days) - MOST_DAYS_TOLD
    named = ", ".join(days[:MOST_DAYS_TOLD]) + (f" and {more} more" if more > 0 else "")
    return f"order lines have changed since the published snapshot, of {len(days):,} days: {named}"
