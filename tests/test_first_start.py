"""What ``run`` and ``demo`` put into the environment before the settings are read."""

import shutil
import socket
import stat
from pathlib import Path

import pytest

from config import first_start


def taken(*arguments: str, **environ: str) -> dict[str, str]:
    first_start.take_command_line(["lti-bridge", *arguments], environ)
    return environ


def test_run_is_reached_at_its_port() -> None:
    assert taken("run")["BASE_URL"] == "http://localhost:8000"
    assert taken("run", "--port", "9000")["BASE_URL"] == "http://localhost:9000"
    assert taken("run", "--port=9000")["BASE_URL"] == "http://localhost:9000"


def test_what_the_environment_says_is_kept() -> None:
    assert taken("run", BASE_URL="https://a.example.edu")["BASE_URL"] == "https://a.example.edu"
    told = taken("demo", BASE_URL="https://a.example.edu", DATA_DIR="/elsewhere")
    assert told == {"BASE_URL": "https://a.example.edu", "DATA_DIR": "/elsewhere"}


def test_the_demo_keeps_its_data_apart() -> None:
    told = taken("demo", "--port", "9000")
    assert told["BASE_URL"] in ("http://127.0.0.1:9000", "http://localhost:9000")
    assert told["DATA_DIR"] == str(Path("var/demo").absolute())


def test_without_neighbours_the_demo_takes_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_start, "_is_free", lambda host, port: host not in first_start.NEIGHBOURS)
    assert taken("demo")["BASE_URL"] == "http://localhost:8000"


def test_a_check_has_everything_of_its_own() -> None:
    told = taken(
        "demo", "--check", BASE_URL="https://a.example.edu", DATA_DIR="/elsewhere", DATABASE_URL="postgres://a/b"
    )
    try:
        assert "DATABASE_URL" not in told
        assert told["DATA_DIR"] != "/elsewhere"
        assert told["BASE_URL"].startswith("http://")
        assert told["BASE_URL"].count(":") == 2
    finally:
        shutil.rmtree(told["DATA_DIR"])


def test_free_ports_are_three_in_a_row() -> None:
    port = first_start.free_ports()
    for step in range(3):
        with socket.create_server(("127.0.0.1", port + step)):
            pass


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path)}
    first_start.load_or_make(make=True, environ=environ)
    again = {"DATA_DIR": str(tmp_path)}
    first_start.load_or_make(make=True, environ=again)
    assert again["SECRET_KEY"] == environ["SECRET_KEY"]
    assert again["FIELD_KEYS"] == environ["FIELD_KEYS"]
    assert stat.S_IMODE((tmp_path / first_start.KEYS_FILE).stat().st_mode) == 0o600


def test_other_commands_make_nothing(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path)}
    first_start.load_or_make(make=False, environ=environ)
    assert environ == {"DATA_DIR": str(tmp_path)}
    assert list(tmp_path.iterdir()) == []
