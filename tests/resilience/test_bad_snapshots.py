"""A publisher dies half way, or tables are damaged: the snapshot before stays, and the next one is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.faults.service_status import FAILURES
from tests.support.publishing.publisher_process import Point, stopped_publisher

if TYPE_CHECKING:
    from tests.support.faults.endless_clients import Load
    from tests.support.faults.real_servers import Plant
    from tests.support.faults.service_status import Watch

POINTS = {
    "no row committed": Point("after", "(INSERT INTO|LOAD DATA .*) features_part_"),
    "half of the tables written": Point("before", "CREATE TABLE latest_product__next"),
    "all written, nothing renamed": Point("before", "RENAME TABLE"),
}
DAMAGE = {
    "no pairs": "DELETE FROM latest_store_product",
    "half of the pairs": "DELETE FROM latest_store_product WHERE store_id % 2",
    "no stores": "DELETE FROM latest_store",
    "pairs of other stores": "UPDATE latest_store_product SET store_id = store_id + 1000000",
    "a table gone": "DROP TABLE latest_product",
    "a column gone": "ALTER TABLE latest_store_category DROP COLUMN avg_qty_store_category_l30d",
}


@dataclass(frozen=True)
class Before:
    """What was served before the fault."""

    publication: str
    failures: float


@pytest.fixture
def before(plant: Plant, service: Watch) -> Before:
    """A snapshot that has just been published and taken."""
    service.wait_for(publication=plant.publish())
    return Before(plant.publication, service.metric(FAILURES, "snapshot"))


@pytest.mark.parametrize("point", POINTS)
def test_half_written_snapshot(plant: Plant, service: Watch, before: Before, load: Load, point: str) -> None:
    with stopped_publisher(plant.database_url, 3, POINTS[point]) as publisher:
        load.wait_for_more()
        publisher.kill()
        publisher.wait()
    load.wait_for_more()

    assert service.report()["features"]["publication"] == before.publication
    service.wait_for(publication=plant.publish())
    assert service.metric(FAILURES, "snapshot") == before.failures


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_snapshot(plant: Plant, service: Watch, before: Before, load: Load, damage: str) -> None:
    plant.execute(DAMAGE[damage], "UPDATE published_snapshot SET publication = 'damaged'")
    service.wait_until_failing("snapshot")
    load.wait_for_more()

    report = service.report()
    assert report["features"]["publication"] == before.publication
    assert report["errors"]["snapshot"]["version"] == "damaged"
    assert service.metric(FAILURES, "snapshot") > before.failures
    line = service.lines("snapshot not loaded")[-1]
    assert (line["version"], line["reason"]) == ("damaged", report["errors"]["snapshot"]["reason"])
    service.wait_for(publication=plant.publish())
