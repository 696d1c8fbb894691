"""The process tree, with real processes: restarts, drains, and leaves nobody behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pytest_django.fixtures import Settings

from lti_bridge import processes

#: What the programs of these trees do, by name; each writes down that it ran.
PROGRAMS = {
    "steady": "time.sleep(600)",
    "careful": "signal.signal(signal.SIGTERM, lambda *_: finish(0.5)); time.sleep(600)",
    "stubborn": "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
    "fragile": "time.sleep(600) if runs() > 1 else sys.exit(3)",
    "broken": "sys.exit(4)",
}
_PROGRAM = """
import os, signal, sys, time
path = sys.argv[1]
def note(word):
    with open(path, "a") as file:
        file.write(f"{word} {os.getpid()}\\n")
def runs():
    return open(path).read().count("began")
def finish(seconds):
    time.sleep(seconds)
    note("finished")
    sys.exit(0)
note("began")
BODY
"""
_TREE = """
import sys
from lti_bridge.processes import ProcessTree, Program
programs = [Program(name, (sys.executable, "-c", code, path)) for name, code, path in PROGRAMS]
tree = ProcessTree(programs, say=lambda text: print(text, flush=True), announce=lambda: print("ready", flush=True))
sys.exit(tree.run())
"""

Start = Callable[..., "Tree"]


class Tree:
    """A process tree in a process of its own."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.folder = folder
        programs = [(name, self._code(name), str(folder / name)) for name in names]
        code = textwrap.dedent(_TREE).replace("PROGRAMS]", f"{programs!r}]")
        self.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)

    def notes(self, name: str) -> list[str]:
        path = self.folder / name
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[1]) for line in (self.folder / name).read_text().splitlines()]

    def wait_for(self, name: str, notes: list[str], seconds: float = 15) -> None:
        until = time.monotonic() + seconds
        while self.notes(name) != notes:
            assert time.monotonic() < until, f"{name}: {self.notes(name)}"
            time.sleep(0.05)

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(20)

    def output(self) -> str:
        return self.process.communicate(timeout=20)[0]

    @staticmethod
    def _code(name: str) -> str:
        return _PROGRAM.replace("BODY", PROGRAMS[name])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    trees: list[Tree] = []

    def make(*names: str) -> Tree:
        trees.append(Tree(tmp_path, names))
        return trees[-1]

    yield make
    for tree in trees:
        children = psutil.Process(tree.process.pid).children(recursive=True) if tree.process.poll() is None else []
        tree.process.kill()
        tree.process.communicate()
        for child in children:
            child.kill()


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_every_program_finish(start: Start, signal_number: int) -> None:
    tree = start("careful", "steady")
    tree.wait_for("careful", ["began"])
    tree.wait_for("steady", ["began"])
    assert tree.end(signal_number) == 0
    assert tree.notes("careful") == ["began", "finished"]
    assert not any(psutil.pid_exists(pid) for pid in tree.pids("steady"))


def test_a_program_that_dies_comes_back(start: Start) -> None:
    tree = start("fragile")
    tree.wait_for("fragile", ["began", "began"])
    tree.process.terminate()
    assert "The fragile ended (exit code 3); it starts again in 0.5 s." in tree.output()
    assert tree.process.returncode == 0


def test_a_program_that_is_killed_comes_back(start: Start) -> None:
    tree = start("steady")
    tree.wait_for("steady", ["began"])
    os.kill(tree.pids("steady")[0], signal.SIGKILL)
    tree.wait_for("steady", ["began", "began"])
    tree.process.terminate()
    assert "SIGKILL" in tree.output()


def test_a_program_that_cannot_start_ends_the_tree(start: Start) -> None:
    tree = start("broken", "careful")
    output = tree.output()
    assert tree.process.returncode == 1
    assert "The broken cannot start" in output
    assert tree.notes("broken") == ["began"] * processes.MAX_EARLY_ENDS
    assert tree.notes("careful") == ["began", "finished"]


def test_a_second_signal_does_not_wait(start: Start) -> None:
    tree = start("stubborn")
    tree.wait_for("stubborn", ["began"])
    tree.process.terminate()
    time.sleep(0.5)
    assert tree.process.poll() is None
    assert tree.end() == 0
    assert not psutil.pid_exists(tree.pids("stubborn")[0])


def test_it_says_when_it_is_ready(start: Start) -> None:
    tree = start("steady")
    tree.wait_for("steady", ["began"])
    time.sleep(0.5)
    tree.process.terminate()
    assert tree.output() == "ready\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died")
def test_nobody_outlives_a_tree_that_is_killed(start: Start) -> None:
    tree = start("steady", "careful")
    tree.wait_for("steady", ["began"])
    tree.wait_for("careful", ["began"])
    tree.process.kill()
    tree.process.wait()
    tree.wait_for("careful", ["began", "finished"])
    until = time.monotonic() + 10
    while any(_runs(pid) for name in ("steady", "careful") for pid in tree.pids(name)):
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_web_server_believes_only_the_proxies_we_name(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.1.0.0/16"]
    command = processes.web(["127.0.0.1:8000", "127.0.0.2:8001"]).command
    assert command[command.index("--forwarded-allow-ips") + 1] == "10.0.0.1,10.1.0.0/16"
    assert command.count("--bind") == 2
    settings.TRUSTED_PROXIES = []
    command = processes.web(["127.0.0.1:8000"]).command
    assert command[command.index("--forwarded-allow-ips") + 1] == ""


def test_the_worker_is_as_large_as_the_settings_say(settings: Settings) -> None:
    settings.DELIVERY_WORKERS = 7
    command = processes.worker().command
    assert command[command.index("--concurrency") + 1] == "7"
