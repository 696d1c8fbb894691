"""The tests that the pretend account may use, and their questions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question. The first answer is the right one; pages show them in alphabetical order."""

    text: str
    answers: tuple[str, ...]

    @property
    def right(self) -> str:
        return self.answers[0]

    @property
    def shown(self) -> list[str]:
        return sorted(self.answers)


@dataclass(frozen=True, slots=True)
class TestForm:
    """A test by its ``tst_frm_id``. A certification has no report (error 601)."""

    title: str
    is_assessment: bool = True


#: What act 14 would list.
FORMS = {
    482: TestForm("Excel, basic"),
    363: TestForm("Word, expert"),
    519: TestForm("PowerPoint, operational"),
    777: TestForm("Excel, certification", is_assessment=False),
}

QUESTIONS = (
    Question("Which key begins a formula?", ("=", "#", "%", "@")),
    Question("What does SUM(A1:A3) add up?", ("A1, A2 and A3", "A1 and A3", "A1 three times")),
    Question("Which reference stays the same when it is copied?", ("$A$1", "A1", "#A1")),
    Question("What does a filter do to the other rows?", ("It hides them", "It deletes them", "It sorts them")),
    Question("How is 0.25 shown as a percentage?", ("25 %", "0.25 %", "2.5 %")),
)
MAXIMUM = 1000


def score_of(given: list[str]) -> int:
    """The score of 1000 for answers in the order of the questions."""
    right = sum(question.right == answer for question, answer in zip(QUESTIONS, given, strict=False))
    return right * MAXIMUM // len(QUESTIONS)
