"""The pretend Inspera's one question set. Each right answer is one mark."""

from lti_bridge.sandbox.isograd.forms import Question

QUESTIONS = (
    Question("The Peace of Westphalia was signed in", ("1648", "1618", "1789")),
    Question("The printing press with movable type came to Europe by", ("Gutenberg", "Galileo", "Luther")),
    Question("The Hanseatic League was a league of", ("trading towns", "bishops", "universities")),
    Question("The capital of the Byzantine Empire was", ("Constantinople", "Athens", "Ravenna")),
    Question("The Silk Road led to", ("China", "Iceland", "Brazil")),
)


def marks_of(given: list[str]) -> int:
    """One mark for each right answer, in the order of the questions."""
    return sum(question.right == answer for question, answer in zip(QUESTIONS, given, strict=False))
