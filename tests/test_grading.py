"""Which grade counts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lti_bridge import grading
from lti_bridge.grading import AttemptGrade
from lti_bridge.models import Grade

START = datetime(2026, 3, 1, tzinfo=UTC)


def made(pk: int, score: str | None, maximum: str = "1", minutes: int = 0) -> Grade:
    given_score = None if score is None else Decimal(score)
    return Grade(
        pk=pk,
        score_given=given_score,
        score_maximum=None if score is None else Decimal(maximum),
        reported_at=START + timedelta(minutes=minutes),
    )


ATTEMPTS = st.lists(
    st.tuples(st.integers(1, 9), st.none() | st.decimals(0, 1, places=4)), max_size=9, unique_by=lambda each: each[0]
)


def standing(attempts: list[tuple[int, Decimal | None]]) -> list[AttemptGrade]:
    return [AttemptGrade(number, made(number, None if score is None else str(score))) for number, score in attempts]


@given(ATTEMPTS, st.sampled_from(["first", "last", "best"]), st.randoms())
def test_the_order_in_which_grades_arrive_changes_nothing(
    attempts: list[tuple[int, Decimal | None]], rule: str, chance: object
) -> None:
    shuffled = list(attempts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert grading.choose(standing(attempts), rule) == grading.choose(standing(shuffled), rule)


@given(ATTEMPTS)
def test_first_last_and_best(attempts: list[tuple[int, Decimal | None]]) -> None:
    graded = [(number, score) for number, score in sorted(attempts) if score is not None]
    chosen = {rule: grading.choose(standing(attempts), rule) for rule in ("first", "last", "best")}
    if not graded:
        assert set(chosen.values()) == {None}
        return
    scores = {rule: grade.score_given for rule, grade in chosen.items() if grade}
    assert scores == {
        "first": graded[0][1],
        "last": graded[-1][1],
        "best": max(score for _, score in graded),
    }


def test_zero_is_a_grade_and_absent_is_not() -> None:
    zero, absent = AttemptGrade(1, made(1, "0")), AttemptGrade(2, made(2, None))
    assert grading.choose([zero, absent], "last") is zero.grade
    assert grading.wanted_score(zero.grade) == 0
    assert grading.wanted_score(absent.grade) is None
    assert grading.choose([absent], "best") is None


def test_the_newest_report_of_an_attempt_counts_by_the_providers_time_then_by_order() -> None:
    older, newer, newest = made(3, "0.9", minutes=1), made(1, "0.2", minutes=5), made(2, "0.3", minutes=5)
    assert grading.newest([older, newer, newest]) is newest


def test_points_become_a_part_of_one_without_drift() -> None:
    assert grading.wanted_score(made(1, "1", "3")) == Decimal("0.3333333333")
    assert grading.wanted_score(made(1, "0.35", "0.5")) == Decimal("0.7")
    assert grading.wanted_score(made(1, "110", "100")) == Decimal("1.1")


def test_a_maximum_of_zero_is_no_grade() -> None:
    assert grading.wanted_score(made(1, "5", "0")) is None
