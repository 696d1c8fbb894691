"""``lti-bridge`` itself: what it says when settings are wrong or missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from lti_bridge import __version__

ROOT = Path(__file__).parents[2]
KEYS = {"SECRET_KEY": "a-sample-key", "FIELD_KEYS": "YSBzYW1wbGUga2V5IGZvciB0aGUgdGVzdHMgb25seSE="}


def typed(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lti_bridge", *arguments]
    env = {"PATH": "/usr/bin:/bin", **environ}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def test_the_version_is_ours() -> None:
    assert typed("--version").stdout == f"LTI Bridge {__version__}\n"


@pytest.mark.parametrize("command", [["doctor"], ["cells"], ["apply", "bridge.toml"], ["createsuperuser"]])
def test_missing_keys_are_said_in_short_with_the_place_where_they_would_be(command: list[str], tmp_path: Path) -> None:
    done = typed(*command, DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "SECRET_KEY" in done.stderr
    assert "FIELD_KEYS" in done.stderr
    assert f"DATA_DIR={tmp_path} holds no keys.env" in done.stderr
    assert len(done.stderr.splitlines()) <= 5


def test_a_relative_folder_is_named_in_full() -> None:
    assert f"DATA_DIR={ROOT / 'var' / 'nobody'} holds no keys.env" in typed("doctor", DATA_DIR="var/nobody").stderr


def test_other_wrong_settings_say_nothing_of_keys(tmp_path: Path) -> None:
    done = typed("doctor", DATA_DIR=str(tmp_path), WEB_WORKERS="many", LOG_FORMAT="xml", **KEYS)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "WEB_WORKERS" in done.stderr
    assert "LOG_FORMAT" in done.stderr
    assert "keys.env" not in done.stderr


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_folder_that_is_none_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "keys.env").mkdir()
    if command == "doctor":
        (tmp_path / "keys.env").rmdir()
        (tmp_path / "keys.env").write_bytes(b"SECRET_KEY=\xff\xfe\n")
    done = typed(command, DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "keys.env") in done.stderr


def test_who_wants_the_traceback_gets_it(tmp_path: Path) -> None:
    assert "Traceback" in typed("doctor", "--traceback", DATA_DIR=str(tmp_path)).stderr


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"]])
def test_help_lists_our_commands_without_any_settings(arguments: list[str], tmp_path: Path) -> None:
    done = typed(*arguments, DATA_DIR=str(tmp_path))
    assert done.returncode == 0
    assert {"apply", "doctor", "run", "demo"} <= set(done.stdout.split())
    assert "SECRET_KEY" in done.stderr
    assert list(tmp_path.iterdir()) == []
