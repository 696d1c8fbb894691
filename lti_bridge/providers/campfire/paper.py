"""Answers on paper, given on behalf of learners: for one by a form, for many by pasted CSV. Multiple choice only.

Answers are letters in the order of the questions, as on a sheet of paper: A is the first option, - is no answer. Which
questions and options there are, the session's results say.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import CannotCall, ProviderError
from lti_bridge.models import UNFINISHED, Attempt, AttemptState, Learner
from lti_bridge.providers.acts import TICKED, AttemptAct, Blank, Told
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.looking import session_of
from lti_bridge.providers.campfire.sessions import ExamSession, Item, read_results, read_session
from lti_bridge.providers.campfire.settings import has_api
from lti_bridge.providers.reports import GradeReport

_NONE = "-"


def _set_responses(attempt: Attempt, filled: Mapping[str, str]) -> Told:
    before, items = _asked_for(attempt)
    responses = responses_of(items, filled.get("answers", ""))
    submit = filled.get("submit", "").strip() == TICKED
    was_open = before is not None and not before.is_complete
    _send(attempt, {"submitForScoring": submit, "responses": responses}, shows=submit and was_open)
    if not submit:
        return Told(_("The answers are at Campfire. Nothing is handed in yet."))
    report = GradeReport(attempt, AttemptState.SUBMITTED, timezone.now())
    return Told(_("The answers are at Campfire and handed in. Ask for news to see the result."), report=report)


def _send(attempt: Attempt, body: Mapping[str, Any], *, shows: bool) -> None:
    """Send the answers once. Its reply is not documented; where none comes, the session tells whether it was done.

    ``shows``: whether it can tell: when they are handed in, and nothing was before.
    """
    try:
        ask(attempt.account, "set_responses", {"examSessionId": attempt.provider_attempt_id}, body=body)
    except ProviderError as error:
        if not error.ambiguous or not shows:
            raise
        try:
            session = session_of(attempt)
        except ProviderError:
            raise error from None
        if session is None or not session.is_complete:
            raise


def _asked_for(attempt: Attempt) -> tuple[ExamSession | None, Sequence[Item]]:
    """The session as it is before anything is sent, and the items with their questions."""
    answer = ask(attempt.account, "get_exam_session_results", {"examSessionId": attempt.provider_attempt_id})
    results = answer.get("results") if isinstance(answer, dict) else None
    return read_session(answer), read_results(results).items if isinstance(results, dict) else ()


def responses_of(items: Sequence[Item], answers: str) -> list[dict[str, Any]]:
    """The document's ``responses`` for answers such as "C A -". Raises ``CannotCall`` when they do not fit the exam."""
    questions = [(item, question) for item in items for question in item.questions]
    given = answers.upper().replace(",", " ").split()
    if not questions:
        raise CannotCall(
            "no_questions", [_("Campfire does not tell this exam’s questions: it is not multiple choice.")]
        )
    if len(given) != len(questions):
        told = {"given": len(given), "questions": len(questions)}
        raise CannotCall("wrong_arguments", [_("There are %(given)d answers for %(questions)d questions.") % told])
    by_item: dict[str, list[dict[str, Any]]] = {}
    for number, ((item, question), letter) in enumerate(zip(questions, given, strict=True), 1):
        if letter == _NONE:
            continue
        index = ord(letter) - ord("A") if len(letter) == 1 else -1
        if index not in [option.index for option in question.options]:
            where = {"number": number, "letter": letter[:10]}
            raise CannotCall("wrong_arguments", [_("Question %(number)d has no option %(letter)s.") % where])
        response = {"id": question.id, "response": {"options": [{"index": index}]}}
        by_item.setdefault(item.id, []).append(response)
    return [{"itemId": item_id, "questions": each} for item_id, each in by_item.items()]


# --- many -----------------------------------------------------------------------------------


def shares_of(attempts: Sequence[Attempt], filled: Mapping[str, str]) -> Mapping[int, Mapping[str, str]]:
    """The line of CSV about each attempt's learner: their id or e-mail address, then the answers.

    Raises ``CannotCall`` when lines are about none of these learners, so that nobody's answers are left out unseen, and
    when two are about the same one.
    """
    lines = rows_of(filled.get("csv", ""))
    shares: dict[int, Mapping[str, str]] = {}
    known: set[str] = set()
    for attempt in attempts:
        names = _names_of(attempt.learner)
        known |= names
        mine = [line for line in lines if line[0].casefold() in names]
        if len(mine) > 1:
            raise CannotCall("wrong_arguments", [_("Two lines are about the same learner.")])
        if mine:
            answers = " ".join(each or _NONE for each in mine[0][1:])
            shares[attempt.pk] = {"answers": answers, "submit": filled.get("submit", "")}
    unknown = [line[0] for line in lines if line[0].casefold() not in known and not _is_heading(line, lines)]
    if unknown:
        typed = ", ".join(name or _("(nobody)") for name in unknown)
        told = _("Nothing was done. Nobody here whose exam is under way is called: %(names)s.") % {"names": typed}
        raise CannotCall("about_nobody", [told], detail=f"{len(unknown)} lines")
    if not shares:
        raise CannotCall("about_nobody", [_("Nobody here is named in it.")])
    return shares


def _names_of(learner: Learner) -> set[str]:
    return {each.strip().casefold() for each in (learner.user_id, learner.email) if each.strip()}


def _is_heading(line: Sequence[str], lines: Sequence[Sequence[str]]) -> bool:
    """Whether a line is the first, and something else than answers stands in it."""
    words = " ".join(line[1:]).split()
    return line is lines[0] and bool(words) and not any(len(each) == 1 and not each.isdigit() for each in words)


def rows_of(text: str) -> list[list[str]]:
    """The lines of a CSV file, with commas or semicolons, empty ones left out."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    lines = ([cell.strip() for cell in line] for line in reader)
    return [line for line in lines if any(line)]


def _suits(attempt: Attempt) -> bool:
    return bool(attempt.provider_attempt_id) and attempt.state in UNFINISHED and has_api(attempt.account)


_SUBMIT = Blank(
    gettext_lazy("Hand in"),
    kind="checkbox",
    help=gettext_lazy("Ticked, the answers are handed in for scoring. Otherwise Campfire only keeps them."),
)

PAPER_ACTS: Mapping[str, AttemptAct] = {
    "set_responses": AttemptAct(
        label=gettext_lazy("Enter answers from paper"),
        carry_out=_set_responses,
        suits=_suits,
        blanks={
            "answers": Blank(
                gettext_lazy("Answers"),
                required=True,
                help=gettext_lazy("A letter for each question in their order, such as C A B; - for no answer."),
            ),
            "submit": _SUBMIT,
        },
        in_bulk=False,
    ),
    "set_responses_csv": AttemptAct(
        label=gettext_lazy("Enter answers from paper (CSV)"),
        carry_out=_set_responses,
        suits=_suits,
        blanks={
            "csv": Blank(
                gettext_lazy("CSV"),
                kind="lines",
                required=True,
                help=gettext_lazy(
                    "A line for each learner: their id in the LMS or e-mail address, then a letter for each question."
                ),
            ),
            "submit": _SUBMIT,
        },
        alone=False,
        share=shares_of,
    ),
}
