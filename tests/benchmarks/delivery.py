"""Delivery: cells a second against an instant LMS and one that takes 200 ms, with workers as processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lti_bridge.models import Cell, Platform, ResourceLink
from tests import ags_server
from tests.delivery.cells import grade, make_learner, make_link
from tests.delivery.columns import make_column_link, our_keys, told
from tests.gradebook_server import Faults, Gradebook, gradebook_server

CASES = ((0.0, 1, 8), (0.0, 2, 8), (0.2, 8, 8), (0.2, 32, 32))

#: A link, and how to make a learner of it.
_World = tuple[ResourceLink, Callable[[int], Any]]


def measure(count: int) -> None:
    """Print a table of deliveries, by Basic Outcomes and by AGS."""
    print("| by | LMS answers after | worker processes | requests at once | cells a second |")
    print("|---|---|---|---|---|")
    for name, serve in (("Basic Outcomes", _outcomes), ("AGS", _ags)):
        for number, (delay, workers, parallel) in enumerate(CASES):
            key = f"bench-{name[0].lower()}{number}"
            rate = _rate(count, serve(delay, key), workers, parallel)
            print(f"| {name} | {delay * 1000:.0f} ms | {workers} | {parallel} | {rate:.0f} |", flush=True)


@contextmanager
def _outcomes(delay: float, key: str) -> Iterator[tuple[Any, _World]]:
    with gradebook_server(Gradebook(secrets={key: "sample-secret"}, faults=Faults(delay=delay))) as (url, book):
        link = make_link(key=key)
        yield book, (link, lambda number: make_learner(link, number, url))


@contextmanager
def _ags(delay: float, key: str) -> Iterator[tuple[Any, _World]]:
    faults = ags_server.AgsFaults(delay=delay)
    with ags_server.ags_server(ags_server.Platform(mode="moodle", keys=our_keys(), faults=faults)) as book:
        link = make_column_link(book, key=key)
        book.add_column(resourceLinkId=link.resource_link_id)
        told(link, book.claim(link.resource_link_id))
        yield book, (link, lambda number: make_learner(link, number, None))


def _rate(count: int, serving: Any, workers: int, parallel: int) -> float:
    from lti_bridge import gradebook

    # No wake-up calls: the workers find the cells by themselves, so that only delivery is measured.
    gradebook.wake = lambda cell_id: None  # type: ignore[assignment]
    with serving as (book, (link, learner)):
        Platform.objects.filter(pk=link.context.platform_id).update(parallel_sends=parallel)
        for number in range(count):
            grade(learner(number), link, "0.5")
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
