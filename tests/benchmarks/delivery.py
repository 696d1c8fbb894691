"""Delivery: cells a second against an instant LMS and one that takes 200 ms, with workers as processes."""

import os
import subprocess
import sys
import time

from lti_bridge.models import Cell, Platform
from tests.delivery.cells import grade, make_learner, make_link
from tests.gradebook_server import Faults, Gradebook, gradebook_server

CASES = ((0.0, 1, 8), (0.0, 2, 8), (0.2, 8, 8), (0.2, 32, 32))


def measure(count: int) -> None:
    """Print a table of deliveries."""
    print("| LMS answers after | worker processes | requests at once | cells a second |")
    print("|---|---|---|---|")
    for number, (delay, workers, parallel) in enumerate(CASES):
        rate = _rate(count, delay, workers, parallel, f"bench-{number}")
        print(f"| {delay * 1000:.0f} ms | {workers} | {parallel} | {rate:.0f} |", flush=True)


def _rate(count: int, delay: float, workers: int, parallel: int, key: str) -> float:
    from lti_bridge import gradebook

    # No wake-up calls: the workers find the cells by themselves, so that only delivery is measured.
    gradebook.wake = lambda cell_id: None  # type: ignore[assignment]
    book = Gradebook(secrets={key: "sample-secret"}, faults=Faults(delay=delay))
    with gradebook_server(book) as (url, _):
        link = make_link(key=key)
        Platform.objects.filter(pk=link.context.platform_id).update(parallel_sends=parallel)
        for number in range(count):
            grade(make_learner(link, number, url), link, "0.5")
        command = [sys.executable, "-m", "tests.benchmarks.worker"]
        processes = [subprocess.Popen(command, env=dict(os.environ)) for _ in range(workers)]
        try:
            while book.writes < max(count // 10, 1):
                time.sleep(0.01)
            begun, start = book.writes, time.perf_counter()
            while book.writes < count:
                time.sleep(0.01)
            seconds = time.perf_counter() - start
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()
    assert not Cell.objects.filter(platform=link.context.platform, sent_version=0).count() > workers
    return (count - begun) / seconds
