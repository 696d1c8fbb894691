"""Nothing is lost, stale or in a wrong cell, whatever is killed or cut meanwhile: SQLite and the queue of files."""

from tests.faults.rehearsing import GRADES, KILLS, check, rehearse


def test_sqlite_and_the_queue_of_files_lose_nothing() -> None:
    report = rehearse(
        "sqlite-files",
        database_url="",
        broker_url="",
        grades=max(GRADES // 10, 40),
        kills=max(KILLS // 5, 2),
        wipes=1,
        workers=1,
        spacing=0.02,
        patience=240 + GRADES // 10,
    )
    check(report)
