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
    601: TestForm("Outlook, basic"),
    602: TestForm("Access, basic"),
    603: TestForm("Python, basic"),
    777: TestForm("Excel, certification", is_assessment=False),
}

QUESTIONS = (
    Question("Which keys save a file?", ("Ctrl + S", "Ctrl + D", "Ctrl + F")),
    Question("Which keys take the last change back?", ("Ctrl + Z", "Ctrl + N", "Ctrl + O")),
    Question("What does Paste insert?", ("What was copied last", "A new page", "The date of today")),
    Question("What does Save as make?", ("A second file", "A backup on paper", "Nothing")),
    Question("What does a template give a new file?", ("A beginning", "A password", "An end")),
)
MAXIMUM = 1000


def score_of(given: list[str]) -> int:
    """The score of 1000 for answers in the order of the questions."""
    right = sum(question.right == answer for question, answer in zip(QUESTIONS, given, strict=False))
    return right * MAXIMUM // len(QUESTIONS)
