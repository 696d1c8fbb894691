"""Web servers to measure: one process with one thread, or what ``run`` starts."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from lti_bridge import processes
from tests.postgres_and_redis import free_port


@contextmanager
def one_thread() -> Iterator[tuple[int, psutil.Process]]:
    """One gunicorn process with one thread: its port, and its parent process."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--threads", "1", "--worker-class", "gthread", "--log-level", "error",
    ]  # fmt: skip
    with _serving(command, port) as process:
        yield port, process


@contextmanager
def as_run_does() -> Iterator[tuple[int, psutil.Process]]:
    """The web server as ``run`` starts it: its port, and its parent process."""
    port = free_port()
    with _serving(processes.web([f"127.0.0.1:{port}"]).command, port) as process:
        yield port, process


@contextmanager
def _serving(command: Sequence[str], port: int) -> Iterator[psutil.Process]:
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/healthz", headers={"Host": "localhost"})
            client.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")
