"""Each operation as the document has it: what is sent, and what comes back."""

import json
import tracemalloc

import pytest

from lti_bridge import providers
from lti_bridge.errors import CannotCall, ProviderRefused, ProviderUnavailable
from lti_bridge.models import ProviderAct
from lti_bridge.providers.campfire import listing
from lti_bridge.providers.campfire.listing import pages_of, sessions_of
from tests.campfire_server import CONFIG, Session
from tests.providers.campfire import samples
from tests.providers.campfire.bench import CAMPFIRE

pytestmark = pytest.mark.django_db
SESSION = f"/api/exam-session/{samples.SESSION}"
WHICH = {"examSessionId": samples.SESSION}
CONFIG_PATH = f"/api/exam-config/{CONFIG}"

#: Operation, arguments, and what is asked: line, query, body.
CASES = [
    ("get_exam_session", WHICH, f"GET {SESSION}", [], None),
    (
        "get_exam_session",
        WHICH | {"include": "results,responses"},
        f"GET {SESSION}",
        [("include[]", "results"), ("include[]", "responses")],
        None,
    ),
    ("get_exam_session_results", WHICH, f"GET {SESSION}/results", [], None),
    (
        "set_responses",
        WHICH | {"responses": samples.RESPONSES, "submitForScoring": "true"},
        f"POST {SESSION}/responses",
        [],
        {"submitForScoring": True, "responses": samples.RESPONSES},
    ),
    ("retake_session", WHICH, f"GET {SESSION}/retake", [], None),
    ("reset_session", WHICH, f"GET {SESSION}/reset", [], None),
    ("reopen_session", WHICH, f"GET {SESSION}/reopen", [], None),
    (
        "create_exam_session",
        {
            "examConfigId": CONFIG,
            "user_id": "u",
            "context_id": "c",
            "resource_link_id": "r",
            "lis_result_sourcedid": "x",
        },
        f"POST {CONFIG_PATH}/exam-session",
        [],
        {"user_id": "u", "context_id": "c", "resource_link_id": "r", "lis_result_sourcedid": "x"},
    ),
    ("list_exam_configs", {"examId": "a0829bc3/exam#v0"}, "GET /api/exam/a0829bc3/exam-configs", [], None),
    ("get_exam_config", {"examConfigId": CONFIG}, f"GET {CONFIG_PATH}", [], None),
    (
        "update_exam_config",
        {
            "examConfigId": CONFIG,
            "config": {"shuffleOptions": False},
            "allowRetakes": "true",
            "attemptResolutionStrategy": '{"mode": "HIGHEST"}',
        },
        f"PUT {CONFIG_PATH}",
        [],
        {"config": {"shuffleOptions": False, "allowRetakes": True, "attemptResolutionStrategy": {"mode": "HIGHEST"}}},
    ),
    (
        "list_exam_sessions",
        {"examConfigIds": f"{CONFIG},d7a56ac9", "include": ["results", "responses"]},
        "POST /api/exam-sessions",
        [("include[]", "results"), ("include[]", "responses")],
        {"filter": {"examConfigIds": {"include": [CONFIG, "d7a56ac9"]}}},
    ),
    (
        "list_exam_sessions",
        {"filter": json.dumps({"examConfigIds": {"include": [CONFIG]}})},
        "POST /api/exam-sessions",
        [],
        {"filter": {"examConfigIds": {"include": [CONFIG]}}},
    ),
]


@pytest.mark.parametrize(("name", "arguments", "line", "query", "body"), CASES)
def test_exactly_this_is_asked_once(api, account, name, arguments, line, query, body):
    api.answers[line] = (200, b'{"answer": 1}')
    providers.call(account, name, arguments)
    (request,) = api.requests
    assert (request.line, request.query, request.body) == (line, query, body)
    assert request.headers["Authorization"] == "Basic Y2FtcGZpcmUtYXBwOnMzY3JldDogJiBtb3Jl"


def test_every_operation_is_in_a_case():
    assert {name for name, *_ in CASES} == set(CAMPFIRE.operations)
    assert len(CAMPFIRE.operations) == 11


@pytest.mark.parametrize(
    ("name", "arguments", "line", "sample"),
    [
        ("get_exam_session", WHICH, f"GET {SESSION}", samples.GET_SESSION),
        ("list_exam_sessions", {"examConfigIds": CONFIG}, "POST /api/exam-sessions", samples.LIST),
    ],
)
def test_the_documents_answer_comes_back_in_its_own_names(api, account, name, arguments, line, sample):
    api.answers[line] = (200, json.dumps(sample).encode())
    assert providers.call(account, name, arguments) == sample


def test_results_come_without_the_answer_key_unless_it_is_asked_for(api, account):
    api.answers[f"GET {SESSION}/results"] = (200, json.dumps(samples.RESULTS).encode())
    answer = providers.call(account, "get_exam_session_results", WHICH)
    assert "isKey" not in json.dumps(answer) and "keys" not in json.dumps(answer)
    assert answer["results"]["items"][0]["questions"][0]["options"][2] == {
        "id": "fZosNqHDUhiG",
        "content": "<p>cupcake</p>",
        "index": 2,
    }
    whole = providers.call(account, "get_exam_session_results", WHICH | {"with_answer_key": "true"})
    assert whole == samples.RESULTS


@pytest.mark.parametrize("former", ["sessionId", "exam_session_id"])
def test_other_names_of_the_same_thing_are_taken(api, account, former):
    api.answers[f"GET {SESSION}"] = (200, b"{}")
    providers.call(account, "get_exam_session", {former: samples.SESSION})
    assert api.lines == [f"GET {SESSION}"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_exam_session", {}),
        ("get_exam_session", {"examSessionId": "../admin"}),
        ("get_exam_session", WHICH | {"include": "keys"}),
        ("set_responses", WHICH | {"responses": "nonsense"}),
        ("create_exam_session", {"examConfigId": CONFIG}),
        ("create_exam_session", {"examConfigId": CONFIG, "user_id": "u", "lis_outcome_service_url": "ftp://x"}),
        ("update_exam_config", {"examConfigId": CONFIG}),
        ("list_exam_sessions", {"max_pages": "0"}),
        ("delete_everything", {}),
    ],
)
def test_what_is_wrong_is_never_sent(api, account, name, arguments):
    with pytest.raises(CannotCall):
        providers.call(account, name, arguments)
    assert api.requests == []


@pytest.mark.parametrize("name", ["retake_session", "reset_session", "reopen_session", "set_responses"])
def test_what_changes_a_session_is_written_down(api, account, name):
    arguments = WHICH | ({"responses": samples.RESPONSES} if name == "set_responses" else {})
    with pytest.raises(ProviderRefused):
        providers.call(account, name, arguments)
    act = ProviderAct.objects.get()
    assert (act.what, act.state, act.staff) == (name, "refused", "lti-bridge call")


# --- what goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retake_session", "reset_session", "reopen_session"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_get_that_changes_something_is_asked_once_whatever_happens(api, account, name, when):
    api.cut[name.partition("_")[0]] = when
    with pytest.raises(ProviderUnavailable) as silence:
        providers.call(account, name, WHICH)
    assert silence.value.ambiguous
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [302, 500, 503])
def test_no_redirection_is_followed_and_no_error_tried_again(api, account, status):
    api.answers[f"GET {SESSION}/reset"] = (status, b"")
    with pytest.raises(ProviderUnavailable) as silence:
        providers.call(account, "reset_session", WHICH)
    assert silence.value.ambiguous
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, ProviderRefused, "refused"),
        (401, ProviderRefused, "credentials_refused"),
        (403, ProviderRefused, "credentials_refused"),
        (404, ProviderRefused, "not_found"),
        (429, ProviderUnavailable, "provider_unavailable"),
        (500, ProviderUnavailable, "provider_unavailable"),
    ],
)
def test_each_status_has_its_meaning(api, account, status, error, code):
    api.answers[f"GET {SESSION}"] = (status, b'{"message": "its own words"}')
    with pytest.raises(error) as problem:
        providers.call(account, "get_exam_session", WHICH)
    assert problem.value.code == code
    assert not problem.value.ambiguous
    assert "its own words" not in str(problem.value)
    if error is ProviderRefused:
        assert (problem.value.provider_code, problem.value.provider_message) == (str(status), "its own words")


def test_no_secret_is_in_an_error(api, account):
    api.answers[f"GET {SESSION}"] = (401, b"")
    with pytest.raises(ProviderRefused) as refused:
        providers.call(account, "get_exam_session", WHICH)
    shown = f"{refused.value} {refused.value.sentence} {refused.value.advice} {refused.value.detail}"
    assert "s3cret" not in shown and "Basic" not in shown


@pytest.mark.parametrize("body", [b"", b"<html>", b"{"])
def test_an_answer_that_is_no_json_is_no_answer(api, account, body):
    api.answers[f"GET {SESSION}"] = (200, body)
    with pytest.raises(ProviderUnavailable):
        providers.call(account, "get_exam_session", WHICH)


# --- pages ----------------------------------------------------------------------------------


def fill(api, count):
    for number in range(count):
        api.sessions[f"s{number}"] = Session(f"s{number}", CONFIG, {}, "COMPLETE", 100)


def test_ten_thousand_sessions_are_read_in_the_memory_of_a_page(account, monkeypatch):
    """The server's own memory is not measured: pages are made one at a time where the answer would come in."""
    asked = []

    def page(_account, _name, *, query, body):
        asked.append(dict(query).get("nextToken"))
        start = int(asked[-1] or 0)
        items = [
            {"examSession": samples.GET_SESSION["examSession"] | {"id": f"s{number}", "name": "x" * 2000}}
            for number in range(start, start + 100)
        ]
        return {"total": 1, "nextToken": str(start + 100) if start + 100 < 10_000 else None, "items": items}

    monkeypatch.setattr(listing, "ask", page)
    tracemalloc.start()
    count = len({each["examSession"]["id"] for each in sessions_of(account, CONFIG)})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, len(asked)) == (10_000, 100)
    # All of them together would take more than twenty.
    assert peak < 5_000_000


def test_pages_are_followed_to_the_end_over_the_wire(api, account):
    fill(api, 250)
    assert [each["examSession"]["id"] for each in sessions_of(account, CONFIG)] == [f"s{each}" for each in range(250)]
    assert len(api.requests) == 3
    assert [dict(each.query).get("nextToken") for each in api.requests][0] is None


def test_the_token_goes_back_in_the_body_where_the_account_says_so(api, account):
    fill(api, 250)
    account.settings |= {"next_token_in": "body"}
    assert len(list(sessions_of(account, CONFIG))) == 250
    assert [("nextToken" in each.body, "nextToken" in dict(each.query)) for each in api.requests[1:]] == [
        (True, False)
    ] * 2


def test_a_list_gives_all_pages_as_one_answer_and_stops_at_the_cap(api, account):
    fill(api, 250)
    answer = providers.call(account, "list_exam_sessions", {"examConfigIds": CONFIG})
    assert (len(answer["items"]), answer["nextToken"]) == (250, None)
    capped = providers.call(account, "list_exam_sessions", {"examConfigIds": CONFIG, "max_pages": 1})
    assert len(capped["items"]) == 100
    rest = providers.call(account, "list_exam_sessions", {"examConfigIds": CONFIG, "nextToken": capped["nextToken"]})
    assert len(rest["items"]) == 150


@pytest.mark.parametrize("further", [None, "", 7, "MA=="])
def test_a_token_that_leads_nowhere_ends_the_list(api, account, further):
    page = json.dumps({"items": [], "nextToken": further}).encode()
    api.answers["POST /api/exam-sessions"] = (200, page)
    pages = list(pages_of(account, {}))
    assert len(pages) == (2 if further == "MA==" else 1)


def test_a_list_without_end_ends_at_the_cap(account, monkeypatch):
    tokens = iter(range(10_000))
    monkeypatch.setattr(listing, "ask", lambda *_a, **_k: {"items": [], "nextToken": f"t{next(tokens)}"})
    assert len(list(pages_of(account, {}))) == listing.MOST_PAGES
