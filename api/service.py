"""The service behind the endpoints: what is served, what keeps it current, and what to say of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.http.errors import not_ready
from api.loading.backoff import Backoff
from api.loading.local_copy import LocalCopy, configuration_folder
from api.loading.polling import Poller
from api.loading.reason import Reasons
from api.loading.refresh import Refresher
from api.loading.remote import remote_models, remote_snapshots
from api.serving.loaded import LOCAL_COPY, LoadedModel, LoadedSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.loading.process import Loader
    from api.loading.refresh import LoadFailure
    from api.loading.source import Source, T
    from api.serving.active import Answering, Current, Serving
    from api.status.reload_metrics import ReloadMetrics
    from quantity.settings import Settings

LONGEST_RETRY_SECONDS = 60.0

NO_MODEL = (
    "no model yet: run `make run`, or `cd training && python preprocess.py && python train.py`, "
    "or with containers `docker compose run --rm training`"
)
NO_SNAPSHOT = (
    "no features yet: run `cd training && python preprocess.py`, or with containers `docker compose run --rm training`"
)


@dataclass(frozen=True)
class Sources:
    """Where models and snapshots come from, and what to do when they are not needed any more."""

    models: Source[LoadedModel]
    snapshots: Source[LoadedSnapshot]
    close: Callable[[], None] = lambda: None


def loaded_sources(settings: Settings, loader: Loader) -> Sources:
    """The settings' registry and database."""
    return Sources(remote_models(loader, settings), remote_snapshots(loader), loader.close)


class Service:
    """Serves from memory; two threads keep the model and the snapshot current, each on its own.

    Args:
        settings: of the program.
        sources: the registry and the database.
        current: what is served.
        metrics: counts reloads.
    """

    def __init__(self, settings: Settings, sources: Sources, current: Current, metrics: ReloadMetrics) -> None:
        self.settings, self.current, self._close = settings, current, sources.close
        self.models = _refresher(settings, sources.models, current.put_model, metrics)
        self.snapshots = _refresher(settings, sources.snapshots, current.put_snapshot, metrics)
        self._pollers = [
            Poller("model-poller", self.models.refresh, settings.api_poll_seconds),
            Poller("snapshot-poller", self.snapshots.refresh, settings.api_poll_seconds),
        ]

    def start(self) -> None:
        """Begin to load and to poll, in the background."""
        for poller in self._pollers:
            poller.start()

    def stop(self) -> None:
        """End polling; a look at a source that hangs is not waited for longer than a moment."""
        for poller in self._pollers:
            poller.stop()
        for poller in self._pollers:
            poller.join()
        self._close()
        for poller in self._pollers:
            poller.join()  # one that had waited for its source has been woken

    def refresh(self) -> None:
        """Look at both sources now."""
        self.models.refresh()
        self.snapshots.refresh()

    def answering(self) -> Answering:
        """What to answer a request from.

        Raises:
            RefusedError: 503, there is no model or no snapshot.
        """
        serving = self.current.serving
        if serving.answering is None:
            raise not_ready(self.missing(serving), self.settings.api_poll_seconds)
        return serving.answering

    def missing(self, serving: Serving) -> list[str]:
        """What predictions wait for, and what to run; empty when ready."""
        reasons = []
        if serving.model is None:
            reasons.append(_why_missing("the model is", self.models, NO_MODEL))
        if serving.snapshot is None:
            reasons.append(_why_missing("the features are", self.snapshots, NO_SNAPSHOT))
        return reasons

    def failures(self) -> dict[str, LoadFailure]:
        """By source, why what it has is not in service."""
        found = {"model": self.models.failure, "snapshot": self.snapshots.failure}
        return {name: failure for name, failure in found.items() if failure is not None}

    def notes(self, serving: Serving) -> list[str]:
        """What is not as it should be although predictions are answered."""
        notes = []
        if serving.model is not None and serving.model.origin == LOCAL_COPY:
            notes.append("the model is served from the local copy")
        if serving.snapshot is not None and serving.snapshot.origin == LOCAL_COPY:
            notes.append("the features are served from the local copy")
        return notes + [f"{name}: {failure.reason}" for name, failure in self.failures().items()]


def _refresher(settings: Settings, source: Source[T], put: Callable[[T], None], metrics: ReloadMetrics) -> Refresher[T]:
    return Refresher(
        source,
        put,
        copy=LocalCopy(configuration_folder(settings) / source.name),
        backoff=Backoff(settings.api_poll_seconds, LONGEST_RETRY_SECONDS),
        reasons=Reasons(settings),
        metrics=metrics,
    )


def _why_missing(what: str, refresher: Refresher[LoadedModel] | Refresher[LoadedSnapshot], to_run: str) -> str:
    if not refresher.settled:
        return f"starting: {what} not yet loaded"
    failure = refresher.failure
    return to_run if failure is None or failure.is_absence else f"{what} not loaded: {failure.reason}"
