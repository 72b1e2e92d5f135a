"""Progress of Spark's jobs, by the tasks that have ended."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark import SparkContext

    from training.phases import Phases

POLL_SECONDS = 0.5
FULL = 100


@contextmanager
def job_progress(context: SparkContext, phases: Phases, what: str) -> Iterator[None]:
    """Show a bar, in percent, while the jobs run that are started inside."""
    phases.start(what, FULL)
    ended = Event()
    context.setJobGroup(what, what)
    watcher = Thread(target=_watch, args=(context, what, phases, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        context.setLocalProperty("spark.jobGroup.id", None)
    phases.advance_to(FULL, what)


def _watch(context: SparkContext, group: str, phases: Phases, ended: Event) -> None:
    shown, tracker = 0, context.statusTracker()
    while not ended.wait(POLL_SECONDS):
        done = of = 0
        for job in tracker.getJobIdsForGroup(group):
            info = tracker.getJobInfo(job)
            for stage in map(tracker.getStageInfo, info.stageIds if info else ()):
                if stage is not None:
                    done, of = done + stage.numCompletedTasks, of + stage.numTasks
        # A job that begins adds tasks; no bar goes back.
        shown = max(shown, FULL * done // of if of else 0)
        phases.advance_to(min(shown, FULL - 1), group)
