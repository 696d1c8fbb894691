"""What those who teach take along: results, submissions, explanations of their own learners, and nobody else's.

An export of Inspera tells of all who sit the test, perhaps in other courses too. Candidates who are not of the link are
read past, one at a time, so that an export of any size takes little memory.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotCall
from lti_bridge.models import Attempt
from lti_bridge.providers.exports import Export
from lti_bridge.providers.files import File, People
from lti_bridge.providers.inspera_assessment import errors, export_operations, submissions
from lti_bridge.providers.inspera_assessment.client import QUICK
from lti_bridge.providers.inspera_assessment.settings import auth_type, has_api
from lti_bridge.providers.inspera_assessment.standings import LISTS, Standing, standing_of, standings_of
from lti_bridge.providers.inspera_assessment.submissions import CANDIDATES
from lti_bridge.providers.inspera_assessment.tables import ANSWERS, HEAD, answers_of, line_of
from lti_bridge.providers.json_stream import BadJson, items_of, parse, parts_of

#: Where explanations may be in their export: its form is not documented.
_EXPLANATIONS = ("explanations", *LISTS)
#: Beside the candidates: of the test, never of a person.
_OF_TEST = ("ext_inspera_first_section_metadata",)


# --- what is ordered ------------------------------------------------------------------------


def _results(attempt: Attempt) -> Export:
    return export_operations.standings_of_test(attempt.account, attempt.provider_attempt_id, patience=QUICK)


def _submissions(attempt: Attempt) -> Export:
    return export_operations.submissions_of(attempt.account, {"test_id": attempt.provider_attempt_id}, patience=QUICK)


def _explanations(attempt: Attempt) -> Export:
    return export_operations.explanations_of(attempt.account, {"test_id": attempt.provider_attempt_id}, patience=QUICK)


def _pdf(attempt: Attempt) -> Export:
    candidate = attempt.candidate
    if candidate is None or not candidate.provider_candidate_id:
        raise CannotCall("candidate_unknown", [gettext("Inspera has not told who this candidate is there.")])
    values = {"test_id": attempt.provider_attempt_id, "user_id": candidate.provider_candidate_id}
    return export_operations.submission_pdf_of(attempt.account, values, patience=QUICK)


# --- what comes of it -----------------------------------------------------------------------


def _of(people: People, standing: Standing) -> str | None:
    """What the course calls a candidate; None for one of another course."""
    return people.name_of(standing.user_id, standing.names_of_kind(auth_type(people.account)))


def _results_as_csv(file: BinaryIO, people: People, into: BinaryIO) -> None:
    with _table(into) as table:
        table.writerow(("name", *HEAD))
        for standing in standings_of(file):
            if (name := _of(people, standing)) is not None:
                table.writerow(line_of(name, standing))


def _results_as_json(file: BinaryIO, people: People, into: BinaryIO) -> None:
    known = ((name, each) for each in standings_of(file) if (name := _of(people, each)) is not None)
    rows = ({"name": name, "user_id": each.user_id, **each.told} for name, each in known)
    _write_list(into, "results", {}, (json.dumps(row, ensure_ascii=False) for row in rows))


def _submissions_as_csv(file: BinaryIO, people: People, into: BinaryIO) -> None:
    with _table(into) as table:
        table.writerow(ANSWERS)
        for each in items_of(file, CANDIDATES):
            if isinstance(each, dict) and (name := _of(people, standing_of(each))) is not None:
                table.writerows(answers_of(name, submissions.result_of(each)))


def _submissions_as_json(file: BinaryIO, people: People, into: BinaryIO) -> None:
    _write_theirs(file, people, into, CANDIDATES, (CANDIDATES,))


def _explanations_as_json(file: BinaryIO, people: People, into: BinaryIO) -> None:
    _write_theirs(file, people, into, "explanations", _EXPLANATIONS)


def _write_theirs(file: BinaryIO, people: People, into: BinaryIO, name: str, lists: tuple[str, ...]) -> None:
    """The document as Inspera wrote it, word for word, without other people."""
    outside = {
        field: text
        for field, text in parts_of(file, lists)
        if field is not None and (field in _OF_TEST or not isinstance(parse(text), dict | list))
    }
    theirs = (text for field, text in parts_of(file, lists) if field is None and _is_theirs(people, text))
    _write_list(into, name, outside, theirs)


def _is_theirs(people: People, text: str) -> bool:
    told = parse(text)
    return isinstance(told, dict) and _of(people, standing_of(told)) is not None


def _write_list(into: BinaryIO, name: str, outside: Mapping[str, str], texts: Iterator[str]) -> None:
    """A JSON object with one long list in it."""
    for field, text in outside.items():
        into.write(b"{" if field == next(iter(outside)) else b",\n")
        into.write(f"{json.dumps(field)}: {text}".encode())
    into.write(b",\n" if outside else b"{")
    into.write(f"{json.dumps(name)}: [".encode())
    for number, text in enumerate(texts):
        into.write((",\n" if number else "\n").encode() + text.encode())
    into.write(b"\n]}\n")


def _copy(file: BinaryIO, _people: People, into: BinaryIO) -> None:
    """One person's PDF as it came."""
    if file.read(5) != b"%PDF-":
        raise BadJson("no PDF")
    file.seek(0)
    shutil.copyfileobj(file, into)


@contextmanager
def _table(into: BinaryIO) -> Iterator[Any]:
    """A CSV file as spreadsheets like it."""
    text: TextIO = io.TextIOWrapper(into, encoding="utf-8-sig", newline="", write_through=True)
    yield csv.writer(text)
    text.flush()
    text.detach()  # type: ignore[attr-defined]  # the file below stays open


# --- the files ------------------------------------------------------------------------------


def _readable(
    write: Callable[[BinaryIO, People, BinaryIO], None],
) -> Callable[[BinaryIO, People, BinaryIO], None]:
    def checked(file: BinaryIO, people: People, into: BinaryIO) -> None:
        try:
            write(file, people, into)
        except BadJson as problem:
            raise errors.unreadable("a file for teachers", problem) from None

    return checked


def _is_there(attempt: Attempt) -> bool:
    return bool(attempt.provider_attempt_id) and has_api(attempt.account)


def _is_known_there(attempt: Attempt) -> bool:
    return _is_there(attempt) and bool(attempt.candidate and attempt.candidate.provider_candidate_id)


def _csv(label: Any, export: Callable[[Attempt], Export], write: Callable[[BinaryIO, People, BinaryIO], None]) -> File:
    return File(
        label=label,
        ending="csv",
        content_type="text/csv; charset=utf-8",
        export=export,
        write=_readable(write),
        suits=_is_there,
    )


def _json(label: Any, export: Callable[[Attempt], Export], write: Callable[[BinaryIO, People, BinaryIO], None]) -> File:
    return File(
        label=label,
        ending="json",
        content_type="application/json",
        export=export,
        write=_readable(write),
        suits=_is_there,
    )


FILES: Mapping[str, File] = {
    "results_csv": _csv(_("Results as a table (CSV)"), _results, _results_as_csv),
    "results_json": _json(_("Results (JSON)"), _results, _results_as_json),
    "submissions_csv": _csv(_("Submissions as a table (CSV)"), _submissions, _submissions_as_csv),
    "submissions_json": _json(_("Submissions (JSON)"), _submissions, _submissions_as_json),
    "explanations_json": _json(_("Explanations of grades (JSON)"), _explanations, _explanations_as_json),
    "submission_pdf": File(
        label=_("Submission (PDF)"),
        ending="pdf",
        content_type="application/pdf",
        export=_pdf,
        write=_readable(_copy),
        suits=_is_known_there,
        about_one=True,
    ),
}
