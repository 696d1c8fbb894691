"""Rehearsals as processes of their own, and what has to be true of each of their reports.

The sizes come from ``FAULT_GRADES`` and ``FAULT_KILLS``; the small ones here are part of every run of the tests.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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
