"""From what came of the answers to who is told of it: a real Prometheus with the rules, and a real Alertmanager."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import start_http_server

from local_servers.waiting import wait_until
from quantity.db.monitoring_tables import BASELINE_PREFIXES, REPLAYED, SUMS
from quantity.db.outcomes import Outcomes, Window
from tests.support.alerts.alertmanager import HOST, configure, hurried, running_alertmanager
from tests.support.alerts.prometheus import firing, running_prometheus
from tests.support.alerts.receivers import mail_server, webhook
from tests.support.api.apps import loaded_app, make_settings, running
from tests.support.outcomes.known_outcomes import hand_over
from tests.support.outcomes.table_rows import LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.api.apps import AppOn

JUDGED = "QuantityLive"
"""How the names of the alerts on what came of the answers begin."""

WRONG = {"QuantityLiveBiasHigh", "QuantityLiveCoverageOff", "QuantityLiveScoreWorseThanBaseline"}


def outcomes(**sums: float) -> Outcomes:
    """Good answers to 1,000 orders of 3 cases, but for these sums; each baseline is off by a case and a half."""
    good = {"orders": 1000, "sum_quantity": 3000, "sum_abs_error": 1200, "covered": 800, "predicted": 1000}
    baselines = {f"{prefix}_sum_abs_error": 1500 for prefix in BASELINE_PREFIXES.values()}
    window = Window(REPLAYED, "1", 28, dict.fromkeys(SUMS, 0.0) | good | baselines | sums)
    scored_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    return Outcomes(scored_at=scored_at, scored_until={REPLAYED: LAST_DAY}, windows=(window,))


@contextmanager
def exposed(app: AppOn) -> Iterator[str]:
    """Where an app's metrics can be scraped."""
    server, thread = start_http_server(0, addr=HOST, registry=app.api.state.metrics.registry)
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_wrong_answers_are_told_by_webhook_and_mail_and_so_is_their_end(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "service")
    app = loaded_app(settings)
    folders = [tmp_path / name for name in ("alertmanager", "prometheus")]
    for folder in folders:
        folder.mkdir()
    with running(app), exposed(app) as api, webhook() as hook, mail_server() as (smarthost, mails):
        configuration = configure(
            ALERT_WEBHOOK_URL=hook.url,
            ALERT_MAIL_TO="on-call@example.com",
            ALERT_MAIL_FROM="alerts@example.com",
            ALERT_MAIL_SMARTHOST=smarthost,
            ALERT_MAIL_REQUIRE_TLS="false",
        ).stdout
        with (
            running_alertmanager(folders[0], hurried(configuration)) as alertmanager,
            running_prometheus(folders[1], api, alertmanager) as prometheus,
        ):
            hand_over(settings, outcomes(sum_quantity=9000, sum_abs_error=6000, sum_error=-6000, covered=200))
            wait_until(lambda: hook.alerts("firing").keys() >= WRONG, "the webhook is told")
            wait_until(lambda: all(any(name in mail for mail in mails) for name in WRONG), "so is who gets the mail")
            told = hook.alerts("firing")
            assert {name for name in told if name.startswith(JUDGED)} == WRONG
            assert "training.promote" in told["QuantityLiveBiasHigh"]["annotations"]["description"]
            assert told["QuantityLiveBiasHigh"]["labels"]["source"] == REPLAYED

            hand_over(settings, outcomes())
            wait_until(lambda: hook.alerts("resolved").keys() >= WRONG, "the webhook is told of the end")
            wait_until(lambda: any("RESOLVED" in mail for mail in mails), "so is who gets the mail")
            assert not {name for name in firing(prometheus) if name.startswith(JUDGED)}
