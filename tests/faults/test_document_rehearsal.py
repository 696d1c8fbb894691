"""No document is lost and none is handed in twice, whatever is killed, wiped or cut meanwhile."""

import json
import os
import subprocess
import sys

from tests.postgres_and_redis import Postgres, Redis

#: Each costs a lease when a worker dies over it: a few in every run, many where ``FAULT_DOCUMENTS`` says so.
DOCUMENTS = int(os.environ.get("FAULT_DOCUMENTS", "8"))


def test_workers_that_are_killed_lose_no_document() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATA_DIR", "SANDBOX")}
    with Postgres() as database, Redis() as broker:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.faults.document_rehearsal", "--documents", str(DOCUMENTS)),
                *("--kills", str(max(2, DOCUMENTS // 8))),
            ],
            env=environment | {"DATABASE_URL": database.url, "CELERY_BROKER_URL": broker.url},
            capture_output=True,
            text=True,
            check=False,
        )
    lines = done.stdout.strip().splitlines()
    assert lines, done.stderr[-4000:]
    report = json.loads(lines[-1])
    assert (report["lost"], report["twice"]) == ([], []), report
    assert sum(report["states"].values()) == DOCUMENTS and set(report["states"]) <= {"passed_on", "unclear"}, report
    assert report["kills"] >= 2 and report["uploads"] >= DOCUMENTS
