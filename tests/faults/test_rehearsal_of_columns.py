"""Nothing is lost, stale or in a wrong cell, whatever is killed, wiped or cut meanwhile: by grade services."""

import pytest

from tests.faults.rehearsing import FULL, GRADES, KILLS, check, rehearse
from tests.postgres_and_redis import Postgres, Redis


@pytest.mark.parametrize("service", ["moodle", "canvas", "openedx"])
def test_the_grade_services_lose_nothing_and_hold_nothing_twice(service: str) -> None:
    """F1, F3, F7, F9, F10, F13, F15 by AGS."""
    with Postgres() as database, Redis() as broker:
        report = rehearse(
            f"ags-{service}",
            database_url=database.url,
            broker_url=broker.url,
            service=service,
            # The small size is a tenth of the other's; a full one is as large.
            grades=GRADES if FULL else GRADES // 10,
            kills=KILLS if FULL else KILLS // 4,
            wipes=3 if FULL else 1,
            patience=240 + GRADES // 10,
        )
    check(report)
