"""What the pretend Inspera's API does: a table of addresses, each with a function over its records."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.inspera import exports
from lti_bridge.sandbox.models import InsperaRecord

EVENTS = ("confirm_final_grades", "candidate_submitted", "resource_export_completed")


class Refused(Exception):
    """An error of the API. ``status``: of HTTP; ``error``: its short word."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what the path names, the query and the body."""

    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any
    faults: Faults = field(repr=False)


def answer(method: str, path: str, query: Mapping[str, str], body: Any, faults: Faults) -> Any:
    """The answer to one request. Raises :class:`Refused`."""
    for its_method, pattern, act in _TABLE:
        if its_method == method and (found := re.fullmatch(pattern, path)):
            return act(Call(found.groups(), query, body, faults))
    raise Refused(404, "Not found", f"There is no {method} {path}.")


def of_kind(kind: str) -> list[InsperaRecord]:
    """All records of a kind."""
    return list(InsperaRecord.objects.filter(kind=kind))


def _kept(kind: str, key: str, data: Mapping[str, Any]) -> InsperaRecord:
    row, _made = InsperaRecord.objects.get_or_create(kind=kind, key=key)
    row.data = {**row.data, **data}
    row.save()
    return row


def _test(call: Call) -> InsperaRecord:
    name = call.parts[0]
    tests = InsperaRecord.objects.filter(kind="test")
    found = tests.filter(key=name) if call.query.get("isExternal") == "true" else tests.filter(pk=_number(name))
    if (test := found.first()) is None:
        raise Refused(404, "Not found", f"There is no test {name}.")
    return test


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 18 else 0


def _told(test: InsperaRecord) -> dict[str, Any]:
    return {"assessmentRunId": test.pk, **test.data}


def _get_test(call: Call) -> Any:
    return _told(_test(call))


def _make_test(call: Call) -> Any:
    external = str(call.body.get("externalTestId") or f"made-{InsperaRecord.objects.count()}")
    return _told(_kept("test", external, {"status": "created", **call.body}))


def _activate(call: Call) -> Any:
    test = _test(call)
    return _told(_kept("test", test.key, {"status": "active"}))


def _options(call: Call) -> Any:
    test = _test(call)
    if test.data.get("status") == "active" and call.body.get("testOptions", {}).get("securityOptions"):
        raise Refused(400, "Bad request", "Security options cannot change after activation.")
    _kept("test", test.key, call.body)
    return {"success": True}


def _people(call: Call, name: str, kind: str) -> list[str]:
    rows = call.body.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("externalId") for row in rows):
        raise Refused(400, "Bad request", f"{name} must be a list with externalId.")
    test = _test(call)
    return [_kept(kind, f"{test.pk}/{row['externalId']}", {**row, "test": test.pk}).key for row in rows]


def _add_candidates(call: Call) -> Any:
    _people(call, "candidates", "candidate")
    return {"success": True}


def _add_contributors(call: Call) -> Any:
    _people(call, "contributors", "contributor")
    return {"success": True}


def _remove(name: str, kind: str) -> Callable[[Call], Any]:
    def remove(call: Call) -> Any:
        InsperaRecord.objects.filter(kind=kind, key__in=_people(call, name, kind)).delete()
        return {"success": True}

    return remove


def _contributors(call: Call) -> Any:
    test = _test(call)
    return [row.data for row in of_kind("contributor") if row.data.get("test") == test.pk]


def _student(call: Call) -> Any:
    if not call.body.get("externalId"):
        raise Refused(400, "Bad request", "externalId is missing.")
    row = _kept("user", str(call.body["externalId"]), call.body)
    return {"userId": row.pk, "username": row.data.get("username") or row.key}


def _user(row: InsperaRecord | None) -> Any:
    if row is None:
        raise Refused(404, "Not found", "There is no such user.")
    known = {name: row.data.get(name, "") for name in ("username", "firstName", "lastName", "email")}
    ids = [{"authType": row.data.get("externalSystem", "LTI"), "externalId": row.key}]
    return {"userId": row.pk, **known, "externalIds": ids}


def _find_user(call: Call) -> Any:
    return _user(InsperaRecord.objects.filter(kind="user", key=call.parts[1]).first())


def _get_user(call: Call) -> Any:
    return _user(InsperaRecord.objects.filter(kind="user", pk=_number(call.parts[0])).first())


def _delete_user(call: Call) -> Any:
    InsperaRecord.objects.filter(kind="user", pk=_number(call.parts[0])).delete()
    return {"success": True}


def _result(call: Call) -> Any:
    return exports.ordered("result", {"test": call.parts[0], "user": call.parts[1]}, call.faults)


def _submissions(call: Call) -> Any:
    if "jobId" in call.query:
        return exports.standing(call.query["jobId"])
    return exports.ordered("submissions", {"test": str(_test(call).pk)}, call.faults)


def _pdf(call: Call) -> Any:
    return exports.ordered("pdf", {"test": call.parts[0]}, call.faults)


def _order(call: Call) -> Any:
    kinds = {"AllResults": "submissions", "AllUsers": "users"}
    parameters = call.body.get("parameters", {})
    if call.body.get("resourceType") not in kinds:
        raise Refused(400, "Bad request", "There is no such resourceType.")
    about = {"test": str(parameters.get("assessmentRunId", ""))}
    return exports.ordered(kinds[call.body["resourceType"]], about, call.faults)


def _status(call: Call) -> Any:
    return exports.standing(call.parts[0])


def _appeal(call: Call) -> Any:
    _kept("appeal", "/".join((call.parts[0], str(call.body.get("userId")))), call.body)
    return {"success": True}


def _redraw(call: Call) -> Any:
    InsperaRecord.objects.filter(kind="appeal", key="/".join(call.parts)).delete()
    return {"success": True}


def _explanation(call: Call) -> Any:
    _kept("explanation", "/".join((call.parts[0], str(call.body.get("userId")))), call.body)
    return {"success": True}


def _subscribe(call: Call) -> Any:
    url, event = str(call.body.get("url", "")), call.body.get("event")
    if event not in EVENTS or not call.body.get("secret"):
        raise Refused(400, "Bad request", "An event and a secret are needed.")
    row = _kept("subscription", f"{event} {url}"[:400], call.body)
    return {"subscriptionId": row.pk}


def _subscriptions(_call: Call) -> Any:
    return [
        {"subscriptionId": row.pk, "url": row.data["url"], "event": row.data["event"]}
        for row in of_kind("subscription")
    ]


def _unsubscribe(call: Call) -> Any:
    InsperaRecord.objects.filter(kind="subscription", pk=_number(call.parts[0])).delete()
    return {"success": True}


_ID = "([^/]+)"
_TABLE: tuple[tuple[str, str, Callable[[Call], Any]], ...] = (
    ("GET", "test", lambda _call: [_told(each) for each in of_kind("test")]),
    ("POST", "test", _make_test),
    ("GET", f"test/{_ID}", _get_test),
    ("POST", f"test/{_ID}/options", _options),
    ("POST", f"test/{_ID}/activate", _activate),
    ("POST", f"test/{_ID}/candidates", _add_candidates),
    ("DELETE", f"test/{_ID}/candidates", _remove("candidates", "candidate")),
    ("GET", f"test/{_ID}/contributors", _contributors),
    ("POST", f"test/{_ID}/contributors", _add_contributors),
    ("DELETE", f"test/{_ID}/contributors", _remove("contributors", "contributor")),
    ("GET", f"test/{_ID}/submissions", _submissions),
    ("GET", f"test/{_ID}/content/(?:pdf|qti)", _pdf),
    ("POST", f"test/{_ID}/appeals", _appeal),
    ("DELETE", f"test/{_ID}/appeals/{_ID}", _redraw),
    ("POST", f"test/{_ID}/explanations", _explanation),
    ("GET", f"test/{_ID}/explanations", lambda call: exports.ordered("explanations", {}, call.faults)),
    ("GET", "users", lambda _call: [_user(each) for each in of_kind("user")]),
    ("POST", "users/(?:student|admin)", _student),
    ("DELETE", f"users/admin/{_ID}", _delete_user),
    ("GET", f"users/external/{_ID}/(.+)", _find_user),
    ("GET", f"users/{_ID}", _get_user),
    ("GET", f"candidates/allResults/{_ID}/{_ID}", _result),
    ("GET", f"candidates/submissionPdf/{_ID}/{_ID}", _pdf),
    ("POST", "fileExport/order", _order),
    ("GET", f"fileExport/status/{_ID}", _status),
    ("GET", "subscription/events", lambda _call: list(EVENTS)),
    ("GET", "subscription", _subscriptions),
    ("POST", "subscription", _subscribe),
    ("DELETE", f"subscription/{_ID}", _unsubscribe),
)
