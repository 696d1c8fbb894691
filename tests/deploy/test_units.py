"""The systemd units: read as they are, and verified by systemd's own tool where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*.service"))
HARDENING = ("NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces")


def settings_of(unit: Path) -> dict[str, str]:
    pairs = (
        line.partition("=") for line in unit.read_text(encoding="utf-8").splitlines() if re.match(r"[A-Z]\w+=", line)
    )
    return {name: value for name, _, value in pairs}


def test_there_is_one_unit_for_one_machine_and_three_for_several() -> None:
    assert [unit.stem for unit in UNITS] == ["lti-bridge-beat", "lti-bridge-web", "lti-bridge-worker", "lti-bridge"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened_and_comes_back(unit: Path) -> None:
    settings = settings_of(unit)
    assert all(name in settings for name in HARDENING)
    assert settings["User"] != "root"
    assert settings["Restart"] == "always"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_stop_waits_longer_than_what_may_be_under_way(unit: Path) -> None:
    settings = settings_of(unit)
    assert settings["KillMode"] == "mixed"
    longest = {"lti-bridge": 120, "lti-bridge-worker": 120, "lti-bridge-web": 30, "lti-bridge-beat": 0}[unit.stem]
    assert int(settings["TimeoutStopSec"]) > longest


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_itself_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("there is no systemd-analyze here")
    # The program is not installed where the unit says; any that is there will do.
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
    copy = tmp_path / unit.name
    copy.write_text(text)
    done = subprocess.run([tool, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert unit.name not in done.stderr
