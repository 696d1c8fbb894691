"""``deliver``: by hand what workers do by themselves."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from lti_bridge.delivery import lti11
from lti_bridge.delivery.verdicts import Patience, Verdict
from lti_bridge.management.commands import deliver
from lti_bridge.models import Cell, CellState, TryResult
from tests.commands.cells import make_cell
from tests.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

WANTED: dict[str, Any] = {"wanted_version": 1, "wanted_score": Decimal("0.8"), "wanted_at": timezone.now()}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def lms(monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    """The LMS's next verdicts; when there are none left, it takes everything."""
    verdicts: list[Verdict] = []

    def send(cell: Cell) -> Verdict:
        return verdicts.pop(0) if verdicts else Verdict(TryResult.DELIVERED, status=200)

    monkeypatch.setattr(lti11, "send", send)
    monkeypatch.setattr("lti_bridge.gradebook.wake", lambda cell_id: None)
    monkeypatch.setattr(deliver, "PAUSE", 0.05)
    return verdicts


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("deliver", *arguments, stdout=out)
    return out.getvalue()


def test_what_is_due_is_delivered(world: World, lms: list[Verdict]) -> None:
    make_cell(world, state=CellState.PENDING, due_at=timezone.now(), **WANTED)
    make_cell(world, "bob-2", state=CellState.PENDING, due_at=timezone.now(), **WANTED)
    assert run() == "Worked at 2 cells.\ndelivered: 2\n"


def test_without_anything_due_nothing_happens(lms: list[Verdict]) -> None:
    assert run() == "Worked at 0 cells.\nThere are no cells.\n"


def test_a_named_cell_is_delivered_alone(world: World, lms: list[Verdict]) -> None:
    alice = make_cell(world, state=CellState.PENDING, due_at=timezone.now(), **WANTED)
    bob = make_cell(world, "bob-2", state=CellState.PENDING, due_at=timezone.now(), **WANTED)
    assert f"cell {alice.pk}: delivered, wanted 80 %, sent 80 %" in run("--cell", str(alice.pk))
    bob.refresh_from_db()
    assert bob.state == CellState.PENDING


def test_a_refusal_ends_with_advice_and_exit_code_1(
    world: World, lms: list[Verdict], capsys: pytest.CaptureFixture[str]
) -> None:
    lms.append(Verdict(TryResult.REFUSED, "address_refused", patience=Patience.NONE))
    cell = make_cell(world, state=CellState.PENDING, due_at=timezone.now(), **WANTED)
    with pytest.raises(SystemExit, match="1"):
        call_command("deliver", "--cell", str(cell.pk))
    assert "Let the learner open the link once more" in capsys.readouterr().out


def test_again_takes_up_what_was_given_up(world: World, lms: list[Verdict]) -> None:
    cell = make_cell(world, state=CellState.NEEDS_ACTION, reason="gave_up", tries_used=30, **WANTED)
    assert "delivered: 1" not in _quietly()
    assert f"cell {cell.pk}: delivered" in run("--again", "--state", "needs_action")


def test_again_says_when_there_is_nothing_to_deliver(world: World, lms: list[Verdict]) -> None:
    empty = make_cell(world, state=CellState.EMPTY)
    held = make_cell(world, "bob-2", state=CellState.HELD, **{**WANTED, "held": True})
    homeless = make_cell(
        world, "carol-3", state=CellState.WAITING, outcome_service_url="", result_sourcedid="", **WANTED
    )
    said = run("--again", "--cell", str(empty.pk), str(held.pk), str(homeless.pk))
    assert f"cell {empty.pk}: nothing to deliver, there never was a grade" in said
    assert f"cell {held.pk}: not delivered, its grade is held" in said
    assert f"cell {homeless.pk}: not delivered, the LMS never said" in said


def test_waiting_stays_for_what_becomes_due(world: World, lms: list[Verdict]) -> None:
    make_cell(world, state=CellState.PENDING, due_at=timezone.now() + timedelta(seconds=2), **WANTED)
    assert "pending: 1" in run()
    assert "delivered: 1" in run("--wait", "5")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--again"], "Say which"),
        (["--state", "differs"], "--state goes with --again"),
        (["--cell", "4711"], "There is no cell 4711"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments)


def _quietly() -> str:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("deliver", stdout=out)
    return out.getvalue()
