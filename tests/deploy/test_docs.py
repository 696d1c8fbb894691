"""The pages for people: links lead somewhere, and what they list is complete."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from lti_bridge.delivery.reasons import REASONS
from lti_bridge.models import CellState, Family

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "deploy" / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", file.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (file.parent / target).exists(), target


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_command_that_is_told_exists(file: Path) -> None:
    told = re.findall(r"(?:^|\s|bin/)(?:lti-)?bridge ([a-z_]+)(?=[ \n])", "\n".join(_code(file)))
    assert set(told) <= set(get_commands()), file


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_everything_that_make_is_told_to_make_can_be_made(file: Path) -> None:
    can = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = re.sub(r"#.*", "", "\n".join(_code(file)))
    told = re.findall(r"(?:^|&& |sudo )(?:[A-Z_]+=\S+ )*make (?:-C \S+ )?([\w./-]+)", commands, re.MULTILINE)
    assert set(told) <= can


def test_the_web_server_of_several_machines_is_the_units_own_at_another_address() -> None:
    page = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    unit = (ROOT / "deploy" / "systemd" / "lti-bridge-web.service").read_text(encoding="utf-8")
    (told,) = re.findall(r"^ExecStart=(.+)$", page, re.MULTILINE)
    (start,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    assert re.sub(r"--bind \S+", "", told) == re.sub(r"--bind \S+", "", start)


def test_every_state_and_every_reason_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [code for code in (*CellState.values, *REASONS) if f"`{code}`" not in text]
    assert missing == []


def test_every_family_of_lms_has_a_page() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "lms").glob("*.md")}
    assert pages - {"dynamic-registration"} == set(Family.values)


def _code(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL) + [f"{code} " for code in re.findall(r"`([^`\n]+)`", text)]
