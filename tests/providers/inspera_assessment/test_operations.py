"""Each operation: what is sent, what comes back, and the errors that the document lists."""

import json

import pytest
from django.core.management import call_command

from lti_bridge import providers
from lti_bridge.errors import CannotCall, ProviderRefused, ProviderUnavailable
from lti_bridge.models import ProviderAct
from lti_bridge.providers.inspera_assessment.endpoints import ENDPOINTS, KEYS
from lti_bridge.providers.inspera_assessment.operations import OPERATIONS

TEST = "/api/v1/test/7"
PERSON = {"externalId": "x1", "firstName": "Alice", "lastName": "Liddell"}
#: operation → its arguments, then what must be sent: method, path, query, body (None: no body).
CALLS = {
    "get_test": ({"test_id": 7}, "GET", TEST, {}, None),
    "create_or_update_test": (
        {
            "externalTestId": "ltibridge-1",
            "title": "History",
            "startTime": "2026-01-31T10:00:00+01:00",
            "endTime": "2026-01-31T11:00:00Z",
            "duration": "60",
            "sourceTemplateId": "55",
            "candidates": [PERSON],
        },
        "POST",
        "/api/v1/test",
        {"isExternal": "true"},
        {
            "externalTestId": "ltibridge-1",
            "title": "History",
            "startTime": "2026-01-31T09:00:00Z",
            "endTime": "2026-01-31T11:00:00Z",
            "duration": 60,
            "sourceTemplateId": "55",
            "candidates": [PERSON],
        },
    ),
    "set_test_options": (
        {"test_id": "7", "testOptions": {"generalOption": [], "securityOptions": [{"option": "X", "value": True}]}},
        "POST",
        f"{TEST}/options",
        {},
        {"testOptions": {"generalOptions": [], "securityOptions": [{"option": "X", "value": True}]}},
    ),
    "activate_test": ({"test_id": "7", "isExternal": "true"}, "POST", f"{TEST}/activate", {"isExternal": "true"}, {}),
    "search_tests": (
        {"title": "Hist", "from": "2026-01-01T00:00:00Z", "limit": 5},
        "GET",
        "/api/v1/test",
        {"title": "Hist", "from": "2026-01-01T00:00:00Z", "limit": "5"},
        None,
    ),
    "add_candidates": (
        {"test_id": "7", "candidates": json.dumps([{**PERSON, "extraTimeMins": 15}])},
        "POST",
        f"{TEST}/candidates",
        {},
        {"authenticationSystem": "LTI", "candidates": [{**PERSON, "extraTimeMins": 15}]},
    ),
    "remove_candidates": (
        {"test_id": "7", "candidates": {"externalId": "x1"}, "authenticationSystem": "FEIDE"},
        "DELETE",
        f"{TEST}/candidates",
        {},
        {"authenticationSystem": "FEIDE", "candidates": [{"externalId": "x1"}]},
    ),
    "add_contributors": (
        {"test_id": "7", "contributors": [{**PERSON, "roles": ["evaluate"]}], "externalSystem": "Canvas"},
        "POST",
        f"{TEST}/contributors",
        {"externalSystem": "Canvas"},
        {"authenticationSystem": "LTI", "contributors": [{**PERSON, "roles": ["evaluate"]}]},
    ),
    "remove_contributors": (
        {"test_id": "7", "contributors": [{"externalId": "x1"}]},
        "DELETE",
        f"{TEST}/contributors",
        {},
        {"authenticationSystem": "LTI", "contributors": [{"externalId": "x1"}]},
    ),
    "list_contributors": ({"testId": "7"}, "GET", f"{TEST}/contributors", {}, None),
    "create_or_update_student": (
        {**PERSON, "email": "alice@example.edu", "password": "sample"},
        "POST",
        "/api/v1/users/student",
        {},
        {**PERSON, "externalSystem": "LTI", "email": "alice@example.edu", "password": "sample"},
    ),
    "find_user": (
        {"auth_type": "LTI", "external_id": "2/alice"},
        "GET",
        "/api/v1/users/external/LTI/2%2Falice",
        {"includeStudent": "True"},
        None,
    ),
    "search_users": ({"query": "alice"}, "GET", "/api/v1/users", {"query": "alice"}, None),
    "get_user": ({"userId": "9"}, "GET", "/api/v1/users/9", {}, None),
    "create_or_update_admin": (
        {**PERSON, "externalSystem": "FEIDE", "orgUnitName": "Arts", "roles": "plan, evaluate"},
        "POST",
        "/api/v1/users/admin",
        {},
        {**PERSON, "externalSystem": "FEIDE", "orgUnitName": "Arts", "roles": ["plan", "evaluate"]},
    ),
    "delete_admin": ({"user_id": "9"}, "DELETE", "/api/v1/users/admin/9", {}, None),
    "get_candidate_result": (
        {"test_id": "7", "user_id": "9"},
        "GET",
        "/api/v1/candidates/allResults/7/9",
        {},
        None,
    ),
    "register_appeal": (
        {"test_id": "7", "user_id": "9", "reason": "Question 2"},
        "POST",
        f"{TEST}/appeals",
        {},
        {"userId": "9", "reason": "Question 2"},
    ),
    "redraw_appeal": ({"test_id": "7", "user_id": "9"}, "DELETE", f"{TEST}/appeals/9", {}, None),
    "register_explanation": (
        {"test_id": "7", "user_id": "9", "explanation": "Because."},
        "POST",
        f"{TEST}/explanations",
        {},
        {"userId": "9", "explanation": "Because."},
    ),
    "list_webhook_events": ({}, "GET", "/api/v1/subscription/events", {}, None),
    "list_subscriptions": ({}, "GET", "/api/v1/subscription", {}, None),
    "subscribe": (
        {"event": "confirm_final_grades"},
        "POST",
        "/api/v1/subscription",
        {},
        {
            "url": "http://localhost:8000/callbacks/inspera_assessment/inspera-test/",
            "event": "confirm_final_grades",
            "secret": "a sample secret",
        },
    ),
    "unsubscribe": ({"subscriptionId": "3"}, "DELETE", "/api/v1/subscription/3", {}, None),
}
#: operation → its arguments, how it is ordered, and with what.
EXPORTS = {
    "export_results": (
        {"test_id": "7"},
        "POST",
        "/api/v1/fileExport/order",
        {"resourceType": "AllResults", "parameters": {"assessmentRunId": 7}},
    ),
    "export_users": (
        {"userType": "admin"},
        "POST",
        "/api/v1/fileExport/order",
        {"resourceType": "AllUsers", "parameters": {"userType": "admin"}},
    ),
    "export_submissions": ({"test_id": "7"}, "GET", f"{TEST}/submissions", None),
    "export_submission_pdf": (
        {"test_id": "7", "user_id": "9"},
        "GET",
        "/api/v1/candidates/submissionPdf/7/9",
        None,
    ),
    "export_test_content": ({"test_id": "7", "format": "PDF"}, "GET", f"{TEST}/content/pdf", None),
    "export_explanations": ({"test_id": "7"}, "GET", f"{TEST}/explanations", None),
}


def call(account, name, arguments):
    return providers.call(account, name, arguments)


def test_every_operation_is_in_one_of_the_tables():
    assert OPERATIONS.keys() == CALLS.keys() | EXPORTS.keys()
    assert len(OPERATIONS) == 30


@pytest.mark.parametrize("name", CALLS)
def test_an_operation_sends_what_the_document_says_and_gives_what_comes(account, server, settings, name):
    settings.PUBLIC_ORIGIN = "http://localhost:8000"
    arguments, method, path, query, body = CALLS[name]
    server.answer(method, path, {"itsOwn": "names"})
    assert call(account, name, arguments) == {"itsOwn": "names"}
    (asked,) = server.calls()
    assert (asked.method, asked.path, asked.query) == (method, path, query)
    assert asked.raw == b"" if body is None else asked.json == body


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProviderRefused),
        (401, ProviderRefused),
        (409, ProviderRefused),
        (500, ProviderUnavailable),
        (501, ProviderRefused),
    ],
)
@pytest.mark.parametrize("name", CALLS)
def test_an_operation_raises_the_documented_errors(account, server, name, status, kind):
    arguments, method, path, _query, _body = CALLS[name]
    server.answer(method, path, (status, {"error": "its words"}, {}))
    with pytest.raises(kind) as refused:
        call(account, name, arguments)
    assert refused.value.provider_code == "its words"


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_ordered_and_printed(account, server, name):
    arguments, method, path, body = EXPORTS[name]
    server.answer(method, path, server.export({"content": [1]}, looks=2))
    assert call(account, name, arguments) == {"content": [1]}
    ordered = server.calls(path)[0]
    assert ordered.raw == b"" if body is None else ordered.json == body
    fetched = [each for each in server.asked if each.path.startswith("/storage/")]
    assert len(fetched) == 1 and "Authorization" not in fetched[0].headers


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_written_into_a_file(account, server, tmp_path, name):
    arguments, method, path, _body = EXPORTS[name]
    raw = b"%PDF-1.7 " + bytes(range(256)) * 2000
    server.answer(method, path, server.export(raw))
    wanted = tmp_path / "export"
    told = call(account, name, {**arguments, "save_as": str(wanted)})
    assert told == {"status": "success", "savedAs": str(wanted), "bytes": len(raw)}
    assert wanted.read_bytes() == raw
    assert wanted.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("status", [400, 401, 409, 500, 501])
def test_an_export_that_is_refused_leaves_no_file(account, server, tmp_path, name, status):
    arguments, method, path, _body = EXPORTS[name]
    server.answer(method, path, (status, {"error": "its words"}, {}))
    with pytest.raises((ProviderRefused, ProviderUnavailable)):
        call(account, name, {**arguments, "save_as": str(tmp_path / "export")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["remove_candidates", "create_or_update_admin", "delete_admin", "register_appeal"])
def test_what_changes_much_is_written_down(account, server, name):
    arguments, method, path, _query, _body = CALLS[name]
    server.answer(method, path, {})
    call(account, name, arguments)
    assert ProviderAct.objects.get().what == name


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_test", {}),
        ("get_test", {"test_id": "../1"}),
        ("create_or_update_test", {"startTime": "2026-01-31 09:00"}),
        ("add_candidates", {"test_id": "7", "candidates": "Alice"}),
        ("export_test_content", {"test_id": "7", "format": "docx"}),
        ("export_results", {"test_id": "7", "format": "csv"}),
        ("no_such_operation", {}),
    ],
)
def test_a_slip_of_the_pen_sends_nothing(account, server, name, arguments):
    with pytest.raises(CannotCall):
        call(account, name, arguments)
    assert server.calls() == []


def test_a_result_that_comes_as_an_export_is_followed(account, server):
    server.answer("GET", "/api/v1/candidates/allResults/7/9", server.export({"userId": 9}, looks=2))
    assert call(account, "get_candidate_result", {"test_id": "7", "user_id": "9"}) == {"userId": 9}


def test_keys_can_be_overridden(account, server):
    account.settings["keys"] = {"candidate.extraTimeMins": "extraTime", "candidates.candidates": "learners"}
    server.answer("POST", f"{TEST}/candidates", {})
    call(account, "add_candidates", {"test_id": "7", "candidates": [{"externalId": "x", "extraTimeMins": 5}]})
    assert server.calls()[0].json["learners"] == [{"externalId": "x", "extraTime": 5}]


def test_each_endpoint_of_the_table_is_somebodys():
    ours = {"token", "order_export", "export_status"}
    assert set(ENDPOINTS) - ours == set(OPERATIONS) - {"export_results", "export_users"}
    assert all(KEYS.values())


def test_results_come_as_a_table_for_a_spreadsheet(account, server, tmp_path):
    candidates = [
        {"result": {"student": {"sourcedId": 1}, "ext_inspera_totalScore": 8.5, "ext_inspera_finalGrade": "=1+1"}}
    ]
    document = {"ext_inspera_maxTotalScore": 10, "ext_inspera_candidates": candidates}
    server.answer("GET", f"{TEST}/submissions", server.export(document))
    wanted = tmp_path / "results.csv"
    call(account, "export_submissions", {"test_id": "7", "format": "csv", "save_as": str(wanted)})
    head, line = wanted.read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("user_id,candidate_id")
    assert line == "1,,,,8.5,10,,'=1+1,,,,,"


def test_the_command_prints_the_answer_with_its_own_names(account, server, capsys):
    server.answer("GET", TEST, {"name": "Sample", "assessmentRunId": 7})
    call_command("call", "inspera-test", "get_test", "test_id=7")
    assert json.loads(capsys.readouterr().out) == {"name": "Sample", "assessmentRunId": 7}


def test_the_command_says_an_error_and_what_to_do(account, server, capsys):
    server.answer("POST", f"{TEST}/activate", (400, {"error": "bad_config", "message": "no end time"}, {}))
    with pytest.raises(SystemExit) as ended:
        call_command("call", "inspera-test", "activate_test", "test_id=7")
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (1, "")
    assert "bad_config: no end time" in told.err
    assert "What to do" in told.err


def test_the_command_lists_every_operation(account, capsys):
    call_command("call", "inspera-test")
    listed = capsys.readouterr().out
    assert all(f"\n{name}\n" in f"\n{listed}" for name in OPERATIONS)
