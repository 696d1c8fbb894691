"""Nothing is lost, stale or in a wrong cell, whatever is killed, wiped or cut meanwhile.

The sizes come from ``FAULT_GRADES`` and ``FAULT_KILLS``; the small ones here are part of every run of the tests.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.services import Postgres, Redis

GRADES = int(os.environ.get("FAULT_GRADES", "2000"))
KILLS = int(os.environ.get("FAULT_KILLS", "20"))
FULL = "FAULT_GRADES" in os.environ
REPORTS = Path(os.environ["FAULT_REPORTS"]) if "FAULT_REPORTS" in os.environ else None


def rehearse(name: str, *, database_url: str, broker_url: str, **options: object) -> dict[str, Any]:
    """Run the rehearsal as a process of its own, and give its report."""
    arguments = [text for option, value in options.items() for text in (f"--{option.replace('_', '-')}", str(value))]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATA_DIR", "SANDBOX")}
    environment |= {"DATABASE_URL": database_url, "CELERY_BROKER_URL": broker_url}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.rehearsal", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    assert lines, f"no report, exit code {done.returncode}:\n{done.stderr[-4000:]}"
    report: dict[str, Any] = json.loads(lines[-1])
    if REPORTS:
        REPORTS.mkdir(parents=True, exist_ok=True)
        (REPORTS / f"{name}.json").write_text(json.dumps(report, indent=2))
    return report


def check(report: dict[str, Any]) -> None:
    found = {name: report[name] for name in ("lost", "stale", "wrong_cell", "overlaps", "undelivered")}
    assert found == {"lost": [], "stale": [], "wrong_cell": [], "overlaps": [], "undelivered": {}}
    assert {name: count for name, count in report["faults"].items() if count} == {}
    assert report["writes"] >= report["grades"]


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


@pytest.mark.parametrize("wipes", [1])
def test_sqlite_and_the_queue_of_files_lose_nothing(wipes: int) -> None:
    report = rehearse(
        "sqlite-files",
        database_url="",
        broker_url="",
        grades=max(GRADES // 10, 40),
        kills=max(KILLS // 5, 2),
        wipes=wipes,
        workers=1,
        spacing=0.02,
        patience=240 + GRADES // 10,
    )
    check(report)
