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
    #: A person marks it after it was handed in.
    is_marked_by_hand: bool = False


#: What act 14 would list.
FORMS = {
    482: TestForm("Excel, basic"),
    363: TestForm("Word, expert"),
    519: TestForm("PowerPoint, operational"),
    601: TestForm("Outlook, basic"),
    602: TestForm("Access, basic"),
    603: TestForm("Python, basic"),
    701: TestForm("Excel, expert"),
    702: TestForm("Word, basic"),
    703: TestForm("English, written", is_marked_by_hand=True),
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
#: What act 5 tells, by skill id: the skill, and which of the questions are about it.
SKILLS = {
    11: ("Keyboard", (0, 1)),
    12: ("Pasting", (2,)),
    13: ("Files", (3, 4)),
    14: ("Macros", ()),
}


def levels_of(score: int) -> dict[str, dict[str, object]]:
    """The levels from 1 to 5 in each skill for a score; -1 in what no question is about."""
    level = 1 + round(score / MAXIMUM * 4, 1)
    words = ("Initial", "Basic", "Operational", "Advanced", "Expert")
    return {
        str(number): {
            "des": name,
            "level": level if questions else -1,
            "level_des": words[int(level) - 1] if questions else "",
            "scalemin": 1,
            "scalemax": 5,
        }
        for number, (name, questions) in SKILLS.items()
    }


def score_of(given: list[str]) -> int:
    """The score of 1000 for answers in the order of the questions."""
    right = sum(question.right == answer for question, answer in zip(QUESTIONS, given, strict=False))
    return right * MAXIMUM // len(QUESTIONS)
