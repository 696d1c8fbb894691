"""The operations that come as files: printed when they are small JSON, else written where they are wanted."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lti_bridge.errors import CannotCall
from lti_bridge.models import Account
from lti_bridge.providers import exports
from lti_bridge.providers.exports import Export
from lti_bridge.providers.inspera_assessment.asynchronous import followed, is_order, ordered, scheduled
from lti_bridge.providers.inspera_assessment.client import SLOW, Patience, ask
from lti_bridge.providers.inspera_assessment.tables import rows_of
from lti_bridge.providers.inspera_assessment.values import FILE, SWITCH, TEXT
from lti_bridge.providers.kinds import ID, one_of
from lti_bridge.providers.operations import Argument, Operation

#: A larger answer is not printed: it must go into a file.
MAX_PRINTED = 50_000_000

_SAVE = {"save_as": Argument(FILE, "write it into this file; then the answer says how large it is")}
_TEST = {
    "test_id": Argument(ID, "the test", required=True),
    "isExternal": Argument(SWITCH, "true: test_id is an external id, ours for example"),
    "externalSystem": Argument(TEXT, "whose external id it is, when not API's"),
}
_USER = {"user_id": Argument(ID, "the candidate, by Inspera's own id", required=True)}
_FORM = {"format": Argument(one_of("json", "csv"), "json, or csv with one line for each candidate (with save_as)")}
_FORMER = {"testId": "test_id", "userId": "user_id"}


def results_of(account: Account, values: Mapping[str, Any], *, patience: Patience = SLOW) -> Export:
    """The results of all candidates of a test."""
    asked = {"assessmentRunId": _number(values["test_id"])}
    return ordered(account, "export_results", values["test_id"], "export.results", asked, patience=patience)


def submissions_of(account: Account, values: Mapping[str, Any], *, patience: Patience = SLOW) -> Export:
    """The submissions of all candidates of a test, with their answers."""
    return _scheduled(account, "export_submissions", values, {}, patience)


def standings_of_test(account: Account, test_id: str, *, patience: Patience = SLOW) -> Export:
    """The export that an account takes results from."""
    of_test = results_of if account.settings.get("results") == "all_results" else submissions_of
    return of_test(account, {"test_id": test_id}, patience=patience)


def candidate_result(account: Account, values: Mapping[str, Any]) -> Any:
    """One candidate's result. Some tenants answer at once, some hand out an export."""
    parts = {name: values[name] for name in ("test_id", "user_id")}
    query = _query(values)
    first = ask(account, "get_candidate_result", parts, query=query)
    if not is_order(first):
        return first

    def again() -> Any:
        return ask(account, "get_candidate_result", parts, query=query)

    with tempfile.TemporaryFile() as file:
        exports.fetch(followed(account, "get_candidate_result", values["user_id"], first, again), file)
        return _parsed(file)


def _users(account: Account, values: Mapping[str, Any]) -> Export:
    kind = values.get("userType", "student")
    return ordered(account, "export_users", kind, "export.users", {"userType": kind})


def submission_pdf_of(account: Account, values: Mapping[str, Any], *, patience: Patience = SLOW) -> Export:
    """One candidate's submission, to be read."""
    return _scheduled(account, "export_submission_pdf", values, {}, patience)


def _content(account: Account, values: Mapping[str, Any]) -> Export:
    return _scheduled(account, "export_test_content", values, {"format": values["format"].lower()})


def explanations_of(account: Account, values: Mapping[str, Any], *, patience: Patience = SLOW) -> Export:
    """The explanations of grades that candidates of a test were given."""
    return _scheduled(account, "export_explanations", values, {}, patience)


def _scheduled(
    account: Account, name: str, values: Mapping[str, Any], more: Mapping[str, str], patience: Patience = SLOW
) -> Export:
    parts = {name: str(values[name]) for name in ("test_id", "user_id") if name in values} | dict(more)
    about = values.get("user_id") or values["test_id"]
    return scheduled(account, name, str(about), parts, _query(values), patience=patience)


def _query(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(values[name]) for name in ("isExternal", "externalSystem") if name in values}


def _number(test_id: str) -> int | str:
    return int(test_id) if test_id.isdigit() else test_id


# --- what comes of them ---------------------------------------------------------------------


def _given_out(make: Callable[[Account, Mapping[str, Any]], Export]) -> Callable[[Account, Mapping[str, Any]], Any]:
    """An operation that fetches an export, and prints it or writes it."""

    def carry_out(account: Account, values: Mapping[str, Any]) -> Any:
        as_csv = values.get("format") == "csv"
        if "save_as" not in values:
            if as_csv:
                raise CannotCall("wrong_arguments", ["save_as is missing: csv is written into a file"])
            with tempfile.TemporaryFile() as file:
                exports.fetch(make(account, values), file)
                return _parsed(file)
        with _new_file(values["save_as"]) as wanted:
            row = _write_csv(account, values, make, wanted) if as_csv else exports.fetch(make(account, values), wanted)
            return {"status": "success", "savedAs": values["save_as"], "bytes": row.size}

    return carry_out


def _write_csv(
    account: Account,
    values: Mapping[str, Any],
    make: Callable[[Account, Mapping[str, Any]], Export],
    wanted: BinaryIO,
) -> Any:
    with tempfile.TemporaryFile() as file:
        row = exports.fetch(make(account, values), file)
        with open(wanted.fileno(), "w", encoding="utf-8-sig", newline="", closefd=False) as text:
            csv.writer(text).writerows(rows_of(file))
        return row


@contextmanager
def _new_file(path: str) -> Iterator[BinaryIO]:
    """A file that is there when all went well, and not at all when it did not; nobody else on the machine reads it."""
    target = Path(path)
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
            part = Path(file.name)
            try:
                yield file  # type: ignore[misc]  # its wrapper is one in all that counts
                file.close()
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CannotCall("wrong_arguments", [f"save_as cannot be written: {error.strerror}"]) from None


def _parsed(file: BinaryIO) -> Any:
    raw = file.read(MAX_PRINTED + 1)
    if len(raw) > MAX_PRINTED:
        raise CannotCall("too_large", ["The export is too large to be printed: give save_as."])
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise CannotCall("no_json", ["The export is no JSON: give save_as to have it as a file."]) from None


def _operation(
    name: str, words: str, arguments: Mapping[str, Argument], make: Callable[[Account, Mapping[str, Any]], Export]
) -> Operation:
    former = {old: new for old, new in _FORMER.items() if new in arguments}
    return Operation(name, words, {**arguments, **_SAVE}, _given_out(make), former_names=former)


OPERATIONS = (
    Operation(
        "get_candidate_result",
        "The result of one candidate",
        {**_TEST, **_USER},
        candidate_result,
        former_names=_FORMER,
    ),
    _operation("export_results", "The results of all candidates of a test", {**_TEST, **_FORM}, results_of),
    _operation("export_submissions", "All submissions of a test, with answers", {**_TEST, **_FORM}, submissions_of),
    _operation("export_submission_pdf", "One candidate's submission as PDF", {**_TEST, **_USER}, submission_pdf_of),
    _operation(
        "export_test_content",
        "The questions of a test",
        {**_TEST, "format": Argument(one_of("pdf", "qti"), "PDF or QTI", required=True)},
        _content,
    ),
    _operation("export_explanations", "The explanations of grades of a test", _TEST, explanations_of),
    _operation(
        "export_users",
        "All users of one kind",
        {"userType": Argument(one_of("admin", "student"), "admin or student; student when left out")},
        _users,
    ),
)
