"""``cells``: what an operator sees of the gradebook cells."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lti_bridge.management.commands.cells import percent
from lti_bridge.models import Cell, CellState
from tests.commands.cells import make_cell
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def refused(world: World) -> Cell:
    return make_cell(
        world,
        state=CellState.NEEDS_ACTION,
        wanted_version=2,
        wanted_score=Decimal("0.8"),
        sent_version=1,
        sent_score=Decimal(0),
        tries_used=3,
        reason="not_enrolled",
        reason_text="User\x1b[31m unknown",
    )


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("cells", *arguments, stdout=out)
    return out.getvalue()


def test_the_states_are_counted_and_each_cell_has_a_line(
    world: World, refused: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    make_cell(world, "bob-2", state=CellState.DELIVERED)
    lines = run().splitlines()
    assert lines[0] == "delivered: 1  needs_action: 1"
    assert len(lines) == 4
    row = next(line for line in lines if "needs_action" in line and "campus-moodle" in line)
    for part in ("HIS", "Excel test", refused.learner.opaque_id, "80 %", "0 %", "does not know this learner"):
        assert part in row


def test_no_name_and_no_address_of_a_person_is_shown(refused: Cell) -> None:
    shown = run() + run("--json")
    for part in ("Alice", "Liddell", "alice@example.edu", "alice-1"):
        assert part not in shown


def test_what_an_lms_wrote_cannot_steer_the_terminal(refused: Cell) -> None:
    assert "\x1b" not in run()


def test_cells_are_picked_by_state_and_platform(world: World, refused: Cell) -> None:
    make_cell(world, "bob-2", state=CellState.DELIVERED)
    told = json.loads(run("--state", "delivered", "--platform", "campus-moodle", "--json"))
    assert told["states"] == {"delivered": 1, "needs_action": 1}
    assert [cell["state"] for cell in told["cells"]] == ["delivered"]
    with pytest.raises(CommandError, match='no platform named "nowhere"'):
        run("--platform", "nowhere")


def test_more_than_the_gradebook_can_hold_is_said(world: World) -> None:
    """E2E-04"""
    make_cell(world, state=CellState.DELIVERED, wanted_version=1, wanted_score=Decimal("1.1"), sent_score=Decimal(1))
    (cell,) = json.loads(run("--json"))["cells"]
    assert (cell["wanted"], cell["sent"]) == ("110 %", "100 %")
    assert "at most; the provider gave 110" in cell["reason"]


def test_a_limit_says_what_it_leaves_out(world: World, refused: Cell) -> None:
    make_cell(world, "bob-2")
    assert "… and 1 more" in run("--limit", "1")


def test_without_cells_there_is_one_sentence() -> None:
    assert run() == "There are no cells.\n"


@pytest.mark.parametrize(
    ("score", "text"),
    [(None, "–"), ("0", "0 %"), ("1", "100 %"), ("0.8", "80 %"), ("0.3333333333", "33.33 %"), ("1e-7", "0 %")],
)
def test_a_score_is_shown_as_percent_and_zero_is_a_grade(score: str | None, text: str) -> None:
    assert percent(None if score is None else Decimal(score)) == text
