"""Every answer of a service is in its segments, sampled out or counted as lost."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from api.prediction_log.buffer import REQUEST_PAIRS, Buffer
from api.prediction_log.folder import READY, log_folder
from api.prediction_log.log import PredictionLog
from local_servers.waiting import wait_until
from tests.support.api.apps import loaded_app, make_settings, running
from tests.support.api.logged_pairs import LoggedPair, answered, logged_pairs, pairs_of
from tests.support.api.small_market import UNKNOWN_PRODUCT, UNKNOWN_STORE, body_of, pairs

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from quantity.settings import Settings

URL = "/quantity/predict"
DATE = dt.date(2024, 6, 1)


def with_small_buffer(log: PredictionLog, requests: int) -> PredictionLog:
    """The log with room for so many requests of three pairs."""
    log._buffer = Buffer(requests * (3 + REQUEST_PAIRS))
    return log


def counts(log: PredictionLog) -> tuple[int, int, int, int]:
    """Pairs logged, sampled out, and lost by the buffer and by the disk."""
    return log.logged_pairs, log.sampled_out_pairs, log.lost_pairs["buffer"], log.lost_pairs["disk"]


def test_what_is_added_is_written_soon_and_the_rest_at_the_end(settings: Settings) -> None:
    log, folder = PredictionLog(settings), log_folder(settings)
    early, late = [answered() for _ in range(5)], [answered(shown=False) for _ in range(5)]
    log.start()
    for one in early:
        log.add(*one)
    wait_until(lambda: logged_pairs(folder) == pairs_of(early), "what was added is in a segment that is still written")
    for one in late:
        log.add(*one)
    log.stop()

    assert logged_pairs(folder) == pairs_of([*early, *late])
    assert [path.suffix for path in folder.iterdir()] == [READY]
    assert counts(log) == (30, 0, 0, 0)


def test_pairs_that_found_no_room_are_counted(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    log = with_small_buffer(PredictionLog(settings), 4)
    answers = [answered() for _ in range(10)]
    for one in answers:
        log.add(*one)
    log.start()
    log.stop()

    assert logged_pairs(log_folder(settings)) == pairs_of(answers[:4])
    assert counts(log) == (12, 0, 18, 0)
    assert "predictions lost" in caplog.text


def test_a_fault_of_the_log_itself_is_counted_and_ends_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    log = PredictionLog(settings)
    log.add(*answered()[:2], None)  # type: ignore[arg-type]
    log.start()
    wait_until(lambda: log.lost_pairs["failure"] == 3, "the pairs that cannot be encoded are counted")
    good = answered()
    log.add(*good)
    log.stop()

    assert logged_pairs(log_folder(settings)) == pairs_of([good])
    assert counts(log) == (3, 0, 0, 0)
    assert "predictions not encoded" in caplog.text


def test_pairs_that_a_disk_does_not_take_are_counted(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    log_folder(settings).touch()
    log = PredictionLog(settings)
    log.start()
    for _ in range(10):
        log.add(*answered())
    log.stop()

    assert counts(log) == (0, 0, 0, 30)
    assert "predictions not logged" in caplog.text
    assert "predictions lost" in caplog.text


def test_pairs_outside_the_share_are_counted_and_no_answer_is_in_part(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, prediction_log_share=0.4)
    log = PredictionLog(settings)
    answers = [answered(pairs().ordered) for _ in range(3)]
    log.start()
    for one in answers:
        log.add(*one)
    log.stop()

    found = logged_pairs(log_folder(settings))
    asked = pairs_of(answers)
    chosen = {(pair.store_id, pair.product_id) for pair in found}
    assert found == [pair for pair in asked if (pair.store_id, pair.product_id) in chosen]
    assert counts(log) == (len(found), len(asked) - len(found), 0, 0)
    assert 0 < len(found) < len(asked)


def test_without_a_share_nothing_is_done(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, prediction_log_share=0.0)
    before = threading.active_count()
    log = PredictionLog(settings)
    log.start()

    assert not log.is_on
    assert threading.active_count() == before
    log.stop()
    app = loaded_app(settings)
    with running(app):
        assert app.client.post(URL, json=body_of(pairs().ordered)).status_code == 200
    assert not log_folder(settings).exists()
    assert counts(app.service.log) == (0, 0, 0, 0)


def test_a_service_logs_what_it_answers_and_nothing_else(settings: Settings) -> None:
    """Of any status, answered at once or in a thread; refused requests and the first one inside are left out."""
    app = loaded_app(settings)
    before = dt.datetime.now(dt.UTC).timestamp()
    asked = {
        "small": [*pairs().ordered[:3], *pairs().never_ordered[:2], (UNKNOWN_STORE, 101), (1, UNKNOWN_PRODUCT)],
        "large": pairs().ordered * 5,
        "as it is": pairs().ordered[:1],
    }
    expected: list[tuple[object, ...]] = []
    with running(app):
        for name, some in asked.items():
            body = body_of(some, date=str(DATE)) | ({} if name == "as it is" else {"shown": name == "large"})
            answer = app.client.post(URL, json=body, headers={"X-Request-ID": name.replace(" ", "-")}).json()
            told = answer["as_of"], answer["model"]["version"]
            for item in answer["items"]:
                cases = [item[kind] or 0 for kind in ("quantity", "typical", "low", "high")]
                ids = item["store_id"], item["product_id"]
                expected.append((name.replace(" ", "-"), *ids, str(DATE), *told, item["status"], *cases))
        assert app.client.post(URL, json=body_of([])).status_code == 422
    after = dt.datetime.now(dt.UTC).timestamp()

    found = logged_pairs(log_folder(settings))

    assert [plain(pair) for pair in found] == expected
    assert all(before <= pair.at / 1e9 <= after for pair in found)
    assert {pair.request_id: pair.shown for pair in found} == {"small": False, "large": True, "as-it-is": True}
    (of_all,) = {(pair.alias, pair.snapshot_id) for pair in found}
    active = app.service.active_pair
    assert active is not None
    assert of_all == ("champion", active.snapshot.info.snapshot_id)
    assert app.metric("quantity_logged_pairs_total") == len(expected)


def plain(pair: LoggedPair) -> tuple[object, ...]:
    """What the service's answer tells of it."""
    told = str(pair.date), str(pair.as_of), pair.version, pair.status
    return (pair.request_id, pair.store_id, pair.product_id, *told, pair.quantity, pair.typical, pair.low, pair.high)
