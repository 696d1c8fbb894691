"""One process tree for one machine: starts the programs, restarts what dies, and drains all of them at the end.

A program that cannot start at all ends the tree; one that dies later comes back, each time after a longer pause.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from django.conf import settings

#: A program that ran this long has started.
STEADY_SECONDS = 10.0
#: So many early ends in a row, without ever having been steady: it cannot start.
MAX_EARLY_ENDS = 3
MAX_PAUSE = 30.0
#: What running requests and sends get to finish.
DRAIN_SECONDS = 45.0
_BEAT = 0.2
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """A name for people, and a command."""

    name: str
    command: tuple[str, ...]


# --- the programs ---------------------------------------------------------------------------


def web(binds: Sequence[str]) -> Program:
    """The web server, listening on each ``host:port`` of ``binds``."""
    listening = [part for bind in binds for part in ("--bind", bind)]
    options = {
        "--worker-class": "lti_bridge.webserver.PatientWorker",
        "--workers": str(settings.WEB_WORKERS),
        "--threads": str(settings.WEB_THREADS),
        "--graceful-timeout": "30",
        "--log-level": "warning",
        # Whoever else sends X-Forwarded-Proto is not believed; gunicorn's default would believe this machine.
        "--forwarded-allow-ips": ",".join(settings.TRUSTED_PROXIES),
    }
    given = [part for option in options.items() for part in option]
    command = (sys.executable, "-m", "gunicorn", "config.wsgi:application", "--no-control-socket", *listening, *given)
    return Program("web server", command)


def worker() -> Program:
    """The Celery worker that delivers."""
    # Gossip and the like are for clusters of workers, and cost a message a second each.
    silence = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    size = ("--pool", "prefork", "--concurrency", str(settings.DELIVERY_WORKERS))
    return Program("worker", (*_CELERY, "worker", *size, *silence))


def beat() -> Program:
    """The clock of the periodic work. It looks at signals between its naps, so these are short."""
    return Program("beat", (*_CELERY, "beat", "--pidfile=", "--max-interval", "1"))


_CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "config.celery")


# --- the tree -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    ends: int = 0
    was_steady: bool = False


@dataclass(slots=True)
class ProcessTree:
    """Runs programs until a signal comes. ``say`` takes a line for people.

    ``is_ready`` is asked until it says yes; then ``announce`` is called, once.
    """

    programs: Sequence[Program]
    say: Callable[[str], None] = print
    is_ready: Callable[[], bool] = lambda: True
    announce: Callable[[], None] = lambda: None
    _children: list[_Child] = field(init=False, default_factory=list)
    _signals: int = field(init=False, default=0)
    _announced: bool = field(init=False, default=False)

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, then drain. Gives the exit code: 1 when a program could not start."""
        self._children = [_Child(program) for program in self.programs]
        before = {number: signal.signal(number, self._heard) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            failed = self._tend_until_stopped()
            self._drain()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return 1 if failed else 0

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _tend_until_stopped(self) -> bool:
        """Start and restart. Gives whether a program could not start."""
        while not self._signals:
            for child in self._children:
                self._tend(child)
                if child.ends >= MAX_EARLY_ENDS and not child.was_steady:
                    self.say(f"The {child.program.name} cannot start; see its messages above.")
                    return True
            if not self._announced and self.is_ready():
                self._announced = True
                self.announce()
            time.sleep(_BEAT)
        return False

    def _tend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.process, child.started_at = _start(child.program), now
            return
        steady = now - child.started_at >= STEADY_SECONDS
        code = child.process.poll()
        if code is None:
            child.was_steady = child.was_steady or steady
            return
        child.ends = 1 if steady else child.ends + 1
        pause = min(MAX_PAUSE, 0.5 * 2 ** (child.ends - 1))
        child.process, child.start_at = None, now + pause
        self.say(f"The {child.program.name} ended ({_in_words(code)}); it starts again in {pause:g} s.")

    def _drain(self) -> None:
        """Ask all to finish; after ``DRAIN_SECONDS``, or at a second signal, make them."""
        alive = [child.process for child in self._children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        until, asked = time.monotonic() + DRAIN_SECONDS, self._signals
        while any(process.poll() is None for process in alive):
            if time.monotonic() > until or self._signals > max(asked, 1):
                _kill(alive)
                return
            time.sleep(_BEAT)


def _start(program: Program) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(settings.ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(  # noqa: S603  (the command is ours)
        program.command,
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        # Ctrl-C is for us: we ask the programs to finish.
        start_new_session=True,
        preexec_fn=end_with_parent(),  # there are no threads here
    )


def _kill(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            # With all that it started: each program leads a group of its own.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _in_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def end_with_parent() -> Callable[[], None] | None:
    """For ``preexec_fn``: the child is asked to finish when its parent dies, however it dies. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask_for_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask_for_signal
