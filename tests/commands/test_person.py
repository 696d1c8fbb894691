"""``person``: what an operator gets and has to type."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lti_bridge.models import Cell, CellState, Learner
from tests.commands.cells import make_cell
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cell() -> Cell:
    return make_cell(make_world(), state=CellState.DELIVERED, wanted_version=1, wanted_score=Decimal("0.8"))


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("person", *arguments, stdout=out)
    return out.getvalue()


ALICE = ("alice-1", "--platform", "campus-moodle")


def test_a_person_is_given_out_as_json(cell: Cell) -> None:
    told = json.loads(run("export", *ALICE))
    assert (told["learner"]["user_id"], told["cells"][0]["wanted_score"]) == ("alice-1", "0.8000000000")
    assert Learner.objects.exists()


def test_our_own_id_names_a_person_as_well(cell: Cell) -> None:
    told = json.loads(run("export", cell.learner.opaque_id, "--platform", "campus-moodle"))
    assert told["learner"]["user_id"] == "alice-1"


@pytest.mark.parametrize("typed", ["", "alice", "ALICE-1", "yes"])
def test_nothing_is_erased_unless_the_user_id_is_typed_in(
    cell: Cell, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    with pytest.raises(CommandError, match="nothing was erased"):
        run("erase", *ALICE)
    assert Learner.objects.exists() and Cell.objects.exists()


def test_nothing_is_erased_when_nobody_can_type(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="nothing was erased"):
        run("erase", *ALICE)
    assert Learner.objects.exists()


def test_a_person_is_erased_and_what_stays_is_said(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "alice-1")
    told = run("erase", *ALICE)
    assert "Erased: learners 1, cells 1." in told
    assert "campus-moodle keeps" in told and "backup" in told
    assert not Learner.objects.exists() and not Cell.objects.exists()


def test_yes_erases_without_asking(cell: Cell) -> None:
    run("erase", *ALICE, "--yes")
    assert not Learner.objects.exists()


@pytest.mark.parametrize(
    ("user_id", "platform", "says"),
    [("nobody", "campus-moodle", "Nobody with this id"), ("alice-1", "elsewhere", 'no platform named "elsewhere"')],
)
def test_a_person_or_platform_that_is_not_there_is_said(cell: Cell, user_id: str, platform: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run("export", user_id, "--platform", platform)
