"""The demo as a process tree of its own, for checks and tests."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from lti_bridge.processes import end_with_parent

START_SECONDS = 90.0
#: Longer than the tree gives its programs.
STOP_SECONDS = 60.0


class StackFailed(Exception):
    """It did not come up. The message ends with what it wrote last."""


class Stack:
    """``lti-bridge demo`` in a child process; a context manager. The environment is ours, with ``environ`` on top.

    ``environ`` has to give ``BASE_URL`` (on loopback: the port of the bridge) and ``DATA_DIR``.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = os.environ | dict(environ)
        self.base_url = self.environ["BASE_URL"]
        self.log = Path(self.environ["DATA_DIR"]) / "demo.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  (the command is ours)
                [sys.executable, "-m", "lti_bridge", "demo"],
                cwd=Path(__file__).resolve().parents[3],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(),  # there are no threads here
            )
        try:
            self._wait(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to drain and wait. Gives its exit code."""
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def last_words(self, lines: int = 30) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if process.poll() is not None:
                raise StackFailed(f"The demo ended with exit code {process.returncode}:\n{self.last_words()}")
            try:
                if requests.get(f"{self.base_url}/healthz", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise StackFailed(f"The demo did not answer within {START_SECONDS:g} s:\n{self.last_words()}")
