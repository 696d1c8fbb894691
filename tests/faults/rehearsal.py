"""A rehearsal of everything that breaks, with real processes: workers, beat, broker, database, an LMS over sockets.

`python -m tests.faults.rehearsal --service canvas --grades 2000 --kills 20 --wipes 3` needs DATABASE_URL (its own and
empty) and CELERY_BROKER_URL (empty: the queue of files). It prints one JSON report and exits 0 when nothing was lost,
stale, in a wrong cell, or there twice.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

#: The schedule runs so much faster than in life; leases and time limits shrink with it.
PACE = 0.05
LEASE, DEADLINE, SWEEP = 4.0, 2.5, 2.0


@dataclass
class Report:
    """What the rehearsal found. All counts but those of what we did ourselves must be 0."""

    service: str = ""
    grades: int = 0
    newer_grades: int = 0
    kills: int = 0
    wipes: int = 0
    requests: int = 0
    writes: int = 0
    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    wrong_cell: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    #: What else must not be: replayed signatures, columns or submissions that are there twice, …
    faults: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    undelivered: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    drained_after: float = 0.0

    @property
    def clean(self) -> bool:
        wrong = self.lost or self.stale or self.wrong_cell or self.overlaps or self.undelivered
        return not (wrong or any(self.faults.values()))


class Workers:
    """Celery workers and a beat, as processes of their own that can be killed."""

    def __init__(self, count: int, crash_at: str) -> None:
        self.env = os.environ | {"CRASH_AT": crash_at, "PYTHONPATH": os.getcwd()}
        self.log = open(Path(os.environ["DATA_DIR"]) / "workers.log", "ab")  # noqa: SIM115 (open as long as the workers)
        self.count = count
        self.workers = [self._worker(index) for index in range(count)]
        self.beat = self._start("beat", "--schedule", str(Path(os.environ["DATA_DIR"]) / "beat"))

    def _worker(self, index: int) -> subprocess.Popen[bytes]:
        options = ("--concurrency=2", "--without-gossip", "--without-mingle", "--without-heartbeat")
        return self._start("worker", f"-nw{index}-{random.random()}@localhost", "-Itests.faults.saboteur", *options)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config.celery", *arguments]
        return subprocess.Popen(command, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True)

    def kill_one(self) -> None:
        """kill -9 a child of a worker, a whole worker, or the beat."""
        victim = random.choice([*self.workers, *self.workers, self.beat])
        children = psutil.Process(victim.pid).children() if victim.poll() is None else []
        if children and random.random() < 0.5:
            _kill(random.choice(children).pid)
        else:
            _kill_group(victim)
        self.mend()

    def mend(self) -> None:
        """What a supervisor does: start again what is gone."""
        for index, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[index] = self._worker(index)
        if self.beat.poll() is not None:
            self.beat = self._start("beat", "--schedule", str(Path(os.environ["DATA_DIR"]) / "beat"))

    def stop(self) -> None:
        for process in (*self.workers, self.beat):
            _kill_group(process)
        self.log.close()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def wipe_broker() -> None:
    """Everything that is queued is gone."""
    url = os.environ.get("CELERY_BROKER_URL", "")
    if url.startswith("redis"):
        import redis

        redis.Redis.from_url(url).flushall()
        return
    for path in (Path(os.environ["DATA_DIR"]) / "queue").glob("*"):
        path.unlink(missing_ok=True)


def rehearse(options: argparse.Namespace) -> Report:
    """Record grades while everything around breaks; then let the world heal, and compare."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    from tests.faults.gradebooks import serving

    report = Report(service=options.service, grades=options.grades)
    started = time.monotonic()
    with serving(options.service, options.late_after) as service:
        learners = service.make_learners(options.grades)
        workers = Workers(options.workers, options.crash_at)
        try:
            expected = _grades_and_faults(options, report, learners, service, workers)
            service.heal()
            healed = time.monotonic()
            wait_while(_is_due, workers, options.patience)
            report.drained_after = round(time.monotonic() - healed, 1)
        finally:
            workers.stop()
        report.seconds = round(time.monotonic() - started, 1)
        _compare(report, service.findings(), expected)
    return report


def _grades_and_faults(
    options: argparse.Namespace, report: Report, learners: list[Any], service: Any, workers: Workers
) -> dict[str, str]:
    """Give every learner a grade and some a newer one, in random order, with kills and wipes in between."""
    expected: dict[str, str] = {}
    order = [*learners, *random.sample(learners, len(learners) // 3)]
    first = len(learners)
    trouble: list[Callable[[], None]] = [workers.kill_one] * options.kills + [wipe_broker] * options.wipes
    random.shuffle(trouble)
    every = max(len(order) // (len(trouble) + 1), 1)
    for index, learner in enumerate(order):
        score = f"{random.randrange(service.lowest, 10_001) / 10_000:.4f}"
        # A newer grade is of another attempt every other time.
        attempt = 1 + (index >= first and index % 2)
        _insist(lambda learner=learner, score=score, attempt=attempt: _grade(learner, service.link, score, attempt))
        expected[learner.user_id] = score
        report.newer_grades += index >= first
        if trouble and index % every == every - 1:
            act = trouble.pop()
            act()
            report.kills += act == workers.kill_one
            report.wipes += act == wipe_broker
            workers.mend()
        # No faster than the workers on this machine: faults should meet grades that are on their way.
        time.sleep(options.spacing)
    for act in trouble:
        act()
        report.kills += act == workers.kill_one
        report.wipes += act == wipe_broker
        time.sleep(0.2)
    return expected


def _grade(learner: Any, link: Any, score: str, attempt: int) -> None:
    from tests.delivery.cells import grade

    grade(learner, link, score, attempt_number=attempt)


def _insist(record: Callable[[], Any]) -> None:
    """A provider sends its result again until it is acknowledged."""
    from django.db import OperationalError

    for _ in range(50):
        try:
            record()
            return
        except OperationalError:
            time.sleep(0.1)
    record()


def _is_due() -> bool:
    """Whether a cell is still due, doubts included."""
    from lti_bridge.models import Cell

    return Cell.objects.filter(due_at__isnull=False).exists()


def wait_while(is_due: Callable[[], bool], workers: Workers, patience: float) -> None:
    """Keep workers alive until nothing is due any more, or patience (seconds) is over."""
    end = time.monotonic() + patience
    while time.monotonic() < end and is_due():
        workers.mend()
        time.sleep(0.5)


def _compare(report: Report, found: Any, expected: dict[str, str]) -> None:
    from django.db.models import Count

    from lti_bridge.models import Cell, CellState

    report.requests, report.writes = found.requests, found.writes
    report.faults, report.counts = found.faults, found.counts
    report.overlaps = found.overlaps[:10]
    for learner, score in expected.items():
        held = found.held.get(learner)
        if held is None:
            report.lost.append(learner)
        elif abs(held - float(score)) > 1e-6:
            report.stale.append(f"{learner}: holds {held}, should {score}")
    report.wrong_cell = [*found.strangers, *(learner for learner in found.held if learner not in expected)]
    troubled = Cell.objects.exclude(state=CellState.DELIVERED).values_list("state").annotate(Count("pk"))
    report.undelivered = dict(troubled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grades", type=int, default=500)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--wipes", type=int, default=3)
    parser.add_argument("--service", choices=("lti11", "moodle", "canvas", "openedx"), default="lti11")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--spacing", type=float, default=0.005, help="seconds between grades")
    parser.add_argument("--late-after", type=float, default=3.0)
    parser.add_argument("--patience", type=float, default=240.0)
    parser.add_argument("--crash-at", default=",".join(f"{point}:0.002" for point in POINTS))
    options = parser.parse_args()
    report = rehearse(options)
    print(json.dumps(asdict(report) | {"clean": report.clean}))
    sys.exit(0 if report.clean else 1)


#: As in saboteur.py, which can only be imported once the settings are there.
POINTS = (
    "after_claim", "before_try", "after_try", "before_send", "after_send", "after_end", "before_settle", "after_settle",
    "before_token", "after_token", "before_column", "after_column", "before_score", "after_score",
)  # fmt: skip


def prepare_environment() -> None:
    """A folder, keys and a pace of its own; DATABASE_URL and CELERY_BROKER_URL as given."""
    folder = tempfile.mkdtemp(prefix="rehearsal-")
    os.environ |= {
        "DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "sample-only",
        "FIELD_KEYS": "c2FtcGxlLWtleS1mb3ItdGVzdHMtb25seS0zMmJ5dGU=",
        "DELIVERY_PACE": str(PACE),
        "LEASE_SECONDS": str(LEASE),
        "SEND_DEADLINE_SECONDS": str(DEADLINE),
        "SWEEP_SECONDS": str(SWEEP),
        "ALLOWED_PRIVATE_HOSTS": "127.0.0.0/8",
        "LOG_LEVEL": "ERROR",
    }


if __name__ == "__main__":
    prepare_environment()
    try:
        main()
    finally:
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
