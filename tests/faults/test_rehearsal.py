"""Nothing is lost, stale or in a wrong cell, whatever is killed, wiped or cut meanwhile: PostgreSQL and Redis."""

from tests.faults.rehearsing import GRADES, KILLS, check, rehearse
from tests.postgres_and_redis import Postgres, Redis


def test_postgresql_and_redis_lose_nothing() -> None:
    with Postgres() as database, Redis() as broker:
        report = rehearse(
            "postgresql-redis",
            database_url=database.url,
            broker_url=broker.url,
            grades=GRADES,
            kills=KILLS,
            wipes=3,
            # A large run waits longer for what it queued.
            patience=240 + GRADES // 10,
        )
    assert (report["kills"], report["wipes"]) == (KILLS, 3)
    check(report)
