"""What the settings accept, and how they say what they do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import rules

ROOT = Path(__file__).parents[1]
KEY = "YSBzYW1wbGUga2V5IGZvciB0aGUgdGVzdHMgb25seSE="
GOOD = {"SECRET_KEY": "k" * 60, "FIELD_KEYS": KEY, "BASE_URL": "https://bridge.example.edu"}


def start(what: str = "0", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); from django.conf import settings; print({what})"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **GOOD, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_mistakes_are_reported_at_once_each_with_its_variable(tmp_path: Path) -> None:
    wrong = {
        "BASE_URL": "https://somebody@bridge.example.edu",
        "FIELD_KEYS": f"{KEY},nokey",
        "TRUSTED_PROXIES": "127.0.0.1,proxy.example.edu",
        "SANDBOX": "true",
        "SWEEP_SECONDS": "0",
        "DELIVERY_WORKERS": "-1",
        "WEB_WORKERS": "0",
        "WEB_THREADS": "0",
        "PAGE_HOURS": "0",
        "SEND_DEADLINE_SECONDS": "nan",
        "DELIVERY_PACE": "inf",
        "TIME_ZONE": "Mars/Olympus",
        "DATABASE_POOL": "many",
        "LAUNCH_WINDOW": "0",
    }
    done = start(**wrong, SECRET_KEY_FILE=str(tmp_path / "missing"), LOG_LEVEL_FILE=str(tmp_path))
    assert done.returncode == 1
    reported = [line.strip().partition(":")[0] for line in done.stderr.splitlines() if line.startswith("  ")]
    for name in [*wrong, "SECRET_KEY_FILE", "LOG_LEVEL_FILE"]:
        assert name in reported, name
    assert "nokey" not in done.stderr
    assert "somebody" not in done.stderr


def test_a_file_gives_a_value(tmp_path: Path) -> None:
    path = tmp_path / "contact"
    path.write_text("help@example.edu\n")
    assert start("settings.SUPPORT_CONTACT", SUPPORT_CONTACT_FILE=str(path)).stdout == "help@example.edu\n"


@pytest.mark.parametrize("base", ["https://Bridge.Example.edu", "https://bridge.example.edu:443/"])
def test_the_address_is_spelt_as_browsers_spell_it(base: str) -> None:
    what = "settings.BASE_URL, settings.PUBLIC_ORIGIN, settings.ALLOWED_HOSTS[0]"
    origin = "https://bridge.example.edu"
    assert start(what, BASE_URL=base).stdout == f"{origin} {origin} bridge.example.edu\n"


def test_an_address_with_brackets_is_a_host_we_answer_to() -> None:
    done = start("settings.ALLOWED_HOSTS, settings.PUBLIC_ORIGIN", BASE_URL="http://[::1]:8000")
    assert done.stdout == "['[::1]'] http://[::1]:8000\n"


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("HTTPS://A.example.edu/", "https://a.example.edu"),
        ("http://a.example.edu:80/Bridge/", "http://a.example.edu/Bridge"),
        ("http://a.example.edu:443", "http://a.example.edu:443"),
        ("https://a.example.edu:", "https://a.example.edu"),
        ("http://[2001:DB8::7]:8000", "http://[2001:db8::7]:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_a_public_address_has_one_spelling(text: str, spelt: str) -> None:
    assert rules.public_address(text) == spelt
    assert rules.public_address(spelt) == spelt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bridge.example.edu",
        "ftp://bridge.example.edu",
        "https://",
        "https://user:pass@bridge.example.edu",
        "https://@bridge.example.edu",
        "https://bridge.example.edu:99999",
        "https://bridge.example.edu:0",
        "https://bridge.example.edu:https",
        "https://bridge.example.edu?",
        "https://bridge.example.edu/#top",
        "https://bridge example.edu",
        "https://bridge..example.edu",
        "https://[::1",
        "https://[1.2.3]",
    ],
)
def test_what_cannot_be_a_public_address_is_none(text: str) -> None:
    assert not rules.is_public_address(text)


@pytest.mark.parametrize("text", ["", "America", "../etc/passwd", "Nowhere"])
def test_what_is_no_time_zone(text: str) -> None:
    assert not rules.is_time_zone(text)
    assert rules.is_time_zone("Europe/Paris")


def test_browsers_are_told_about_this_name_alone_unless_we_say_so() -> None:
    what = "settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SECURE_HSTS_PRELOAD"
    assert start(what).stdout == "31536000 False False\n"
    assert start(what, HSTS_INCLUDE_SUBDOMAINS="true").stdout == "31536000 True False\n"
    assert start(what, HSTS_INCLUDE_SUBDOMAINS="true", BASE_URL="http://localhost").stdout == "0 False False\n"


@pytest.mark.parametrize("subdomains", ["true", "false"])
def test_the_deployment_check_has_nothing_to_say(subdomains: str) -> None:
    command = [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {"PATH": os.environ["PATH"], **GOOD, "SECRET_KEY": "".join(map(chr, range(48, 110)))}
    environment["HSTS_INCLUDE_SUBDOMAINS"] = subdomains
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_health_checks_are_not_sent_to_https_below_a_path_either() -> None:
    for base, path in (("https://a.example.edu", "healthz"), ("https://a.example.edu/bridge", "bridge/healthz")):
        what = f"__import__('re').search(settings.SECURE_REDIRECT_EXEMPT[0], {path!r}) is not None"
        assert start(what, BASE_URL=base).stdout == "True\n"
