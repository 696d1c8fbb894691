"""``lti-bridge run``, as an operator starts and stops it."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from config.first_start import free_ports

ROOT = Path(__file__).parents[2]


def start(port: int, folder: Path) -> subprocess.Popen[str]:
    environ = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(folder), "WEB_WORKERS": "1", "DELIVERY_WORKERS": "1"}
    command = [sys.executable, "-m", "lti_bridge", "run", "--port", str(port)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@pytest.mark.journeys
def test_it_starts_from_nothing_answers_and_drains(tmp_path: Path) -> None:
    port = free_ports()
    process = start(port, tmp_path / "new")
    assert process.stdout
    greeting = [process.stdout.readline() for _ in range(5)]
    assert f"127.0.0.1:{port}" in greeting[0]
    assert "createsuperuser" in greeting[2]
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10, headers={"Host": "localhost"}).ok
    until = time.monotonic() + 20
    # The worker's own process comes a moment after the web server's answer.
    while len(programs := psutil.Process(process.pid).children(recursive=True)) < 5:
        assert time.monotonic() < until, programs
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stdout.close()
    assert not any(program.is_running() for program in programs)


@pytest.mark.journeys
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died")
def test_a_kill_leaves_nobody_behind(tmp_path: Path) -> None:
    process = start(free_ports(), tmp_path)
    assert process.stdout
    process.stdout.readline()
    programs = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    process.stdout.close()
    until = time.monotonic() + 45
    while any(program.is_running() for program in programs):
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_port_in_use_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "lti_bridge", "run", "--port", str(port)],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert f'ARGS="--port {port + 10}"' in done.stderr
