"""Handing in: 200 learners with 5 MB each at once, and one document of 200 MB, in both directions; real gunicorn."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
from django.urls import reverse

from lti_bridge import flow, placements
from lti_bridge.documents import keeping
from lti_bridge.models import Account, Activity, Document, LaunchRecord
from lti_bridge.pages.access import grant
from tests.benchmarks.serving import as_run_does
from tests.pages.course import Course, make_course

BOUNDARY = b"sample-boundary"
_PART = b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
MEGABYTE = 1 << 20
#: Learners whose browsers send at the same moment.
AT_ONCE = 50


def measure(learners: int, megabytes: int, largest: int) -> None:
    """Print a table: many at once, then one that is very large, in and out."""
    course = _make_course()
    print("| handing in | seconds | MB a second | peak memory of the web server | before |")
    print("|---|---|---|---|---|")
    with as_run_does() as (port, server):
        paths = [_path(course, f"Learner {number}") for number in range(learners)]
        _post(port, _path(course, "First of all"), MEGABYTE)
        _row(f"{learners} documents of {megabytes} MB", server, lambda: _all_at_once(port, paths, megabytes * MEGABYTE))
    with as_run_does() as (port, server):
        _post(port, _path(course, "First again"), MEGABYTE)
        path = _path(course, "The largest")
        _row(f"one document of {largest} MB", server, lambda: _post(port, path, largest * MEGABYTE))
    print()
    _pass_on(largest)


def _row(name: str, server: psutil.Process, work: Callable[[], int]) -> None:
    with _watched(server) as seen:
        started = time.perf_counter()
        sent = work()
        seconds = time.perf_counter() - started
    peak, before = max(seen) / MEGABYTE, seen[0] / MEGABYTE
    rate = sent / MEGABYTE / seconds
    print(f"| {name} | {seconds:.1f} | {rate:.0f} | {peak:.0f} MB | {before:.0f} MB |", flush=True)


def _all_at_once(port: int, paths: list[str], size: int) -> int:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda path: _post(port, path, size), paths))


def _post(port: int, path: str, size: int) -> int:
    """Hand in a document of that size, made while it is sent."""
    head = _PART % (BOUNDARY, b"title", b"") + b"A title\r\n"
    head += _PART % (BOUNDARY, b"file", b'; filename="essay.pdf"') + b"%PDF-1.7\n"
    tail = b"\r\n" + _PART % (BOUNDARY, b"whole", b"") + b"yes\r\n--" + BOUNDARY + b"--\r\n"
    block = os.urandom(1 << 16)
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    client.putrequest("POST", path, skip_host=True)
    for name, value in (
        ("Host", "localhost"),
        ("Accept", "application/json"),
        ("Content-Type", f"multipart/form-data; boundary={BOUNDARY.decode()}"),
        ("Content-Length", str(len(head) + size + len(tail))),
    ):
        client.putheader(name, value)
    client.endheaders()
    client.send(head)
    for start in range(0, size, len(block)):
        client.send(block[: size - start])
    client.send(tail)
    answer = client.getresponse()
    told = answer.read()
    if answer.status != 200:
        raise SystemExit(f"handing in answered {answer.status}: {told[:500]!r}")
    return size


def _make_course() -> Course:
    course = make_course()
    account = Account.objects.create(
        name="originality",
        provider="inspera_originality",
        settings={"profile": "current", "institution_id": "i"},
        secrets={"client_id": "c"},
    )
    course.link.activity = Activity.objects.create(
        slug="essay", title="Essay", account=account, action="submit_document", parameters={"documentLanguage": "en"}
    )
    course.link.save()
    return course


def _path(course: Course, name: str) -> str:
    learner = course.learner(name)
    learner.email = "somebody@example.edu"
    learner.save()
    record: LaunchRecord = course.launch(learner)
    flow.open_activity(placements.placement_of(record))
    return reverse("hand-in", kwargs={"access": grant(record)})


@contextmanager
def _watched(process: psutil.Process) -> Iterator[list[int]]:
    """The resident memory of a process and its children together, ten times a second."""
    seen, done = [_memory(process)], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            seen.append(_memory(process))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _memory(process: psutil.Process) -> int:
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _pass_on(megabytes: int) -> None:
    """Bring the largest document to a pretend storage, from a process of its own."""
    from lti_bridge.documents.content import KeptContent

    document = Document.objects.order_by("-size")[0]
    if not keeping.is_kept(document) or KeptContent(document).size < megabytes * MEGABYTE:
        raise SystemExit("the largest document is not there")
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bringing", str(document.pk)],
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    print("| passing on | seconds | MB a second | peak memory of the worker | before |")
    print("|---|---|---|---|---|")
    print(f"| one document of {megabytes} MB | {done.stdout.strip()}", flush=True)
    print()
