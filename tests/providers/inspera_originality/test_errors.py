"""Every documented error, in both generations: what it means, who has to act, and Originality's words beside it."""

import pytest

from lti_bridge import providers
from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import AccountTrouble
from lti_bridge.providers import provider_of
from lti_bridge.providers.inspera_originality import errors
from lti_bridge.providers.inspera_originality.errors import Remedy
from tests.originality_server import CLIENT_ID, CREATE, DOCUMENT, PASSWORD, STATUS, TOKEN
from tests.providers.inspera_originality.conftest import account_at
from tests.providers.inspera_originality.test_operations import ABOUT, CASES

pytestmark = pytest.mark.django_db
ORIGINALITY = provider_of("inspera_originality")
ARGUMENTS = {name: (given, line) for name, given, line, *_ in CASES}
REPORT = f"GET /document/{DOCUMENT}/mode/view"

TOKENS = [
    (401, "The clientId is invalid", "credentials_refused"),
    (404, "Required fields were invalid", "credentials_refused"),
    (400, "Required fields were invalid", "credentials_refused"),
    (500, "Server error", "provider_unavailable"),
    (403, "Missing Authentication Token", "wrong_address"),
]
USER_TOKENS = [
    (404, "User not found", "user_credentials_refused"),
    (409, "Invalid email format", "user_credentials_refused"),
    (422, "Invalid credentials", "user_credentials_refused"),
    (500, "Server Error", "provider_unavailable"),
]
SUBMISSIONS = [
    (401, "Token has expired", "credentials_refused"),
    (403, "Maximum of submissions has been reached", "too_many_submissions"),
    (403, "Document title has less than 5 characters or more than 190 characters", "title_not_accepted"),
    (403, "Document word count is less than the allowed minimum", "too_few_words"),
    (403, "Document structure is invalid", "document_not_readable"),
    (403, "Forbidden", "not_accepted"),
    (400, "The required fields are invalid", "fields_not_accepted"),
    (400, "docType application/msword is invalid", "fields_not_accepted"),
    (400, "Unknown field keyword, see documentTitle", "fields_not_accepted"),
    (404, "Not Found", "wrong_address"),
    (413, "Request Too Long", "too_large"),
    (429, "Too Many Requests", "busy"),
    (500, "Internal server error", "provider_unavailable"),
    (504, "Endpoint request timed out", "provider_unavailable"),
    (302, "", "provider_unavailable"),
    (403, "Missing Authentication Token", "wrong_address"),
    (418, "", "not_accepted"),
]
DOCUMENTS = [
    (400, "Bad request", "not_accepted"),
    (401, "Token has expired", "credentials_refused"),
    (403, "Forbidden", "not_allowed"),
    (404, "Submission not found", "no_such_document"),
    (500, "", "provider_unavailable"),
]
USERS = {
    "create_user": [
        (401, "Not authorized to take action", "not_allowed"),
        (402, "Validation error: The first name must consist of only letters", "names_not_accepted"),
        (409, "Validation error: Invalid email format", "email_not_accepted"),
        (409, "email already exists", "email_not_accepted"),
        (500, "Server error", "provider_unavailable"),
    ],
    "get_user": [
        (401, "User not authorized to take action", "not_allowed"),
        (403, "User not authorized to access data from different institution", "other_institution"),
        (404, "User not found", "not_found"),
        (500, "Server error", "provider_unavailable"),
    ],
    "list_users": [(401, "User not authorized to take action", "not_allowed"), (500, "", "provider_unavailable")],
    "update_educator": [
        (401, "Not authorized to take action", "not_allowed"),
        (402, "Validation errors", "names_not_accepted"),
        (403, "Not authorized to edit user from different institution", "other_institution"),
        (404, "User not found", "not_found"),
        (500, "Server error, email already registered", "email_not_accepted"),
        (500, "Server error", "provider_unavailable"),
    ],
    "update_student": [
        (401, "Not authorized to take action", "not_allowed"),
        (402, "Validation errors", "names_not_accepted"),
        (403, "Not authorized to edit user from different institution", "other_institution"),
        (404, "User not found", "not_found"),
        (500, "Server error, email already registered", "email_not_accepted"),
    ],
    "delete_user": [
        (401, "Not authorized to take action", "not_allowed"),
        (403, "Not authorized to delete user from different institution", "other_institution"),
        (404, "User not found", "not_found"),
        (500, "Server error", "provider_unavailable"),
    ],
    "list_courses": [(500, "Server Error", "provider_unavailable")],
    "get_course": [(404, "Course not found", "not_found"), (500, "Server Error", "provider_unavailable")],
    "get_institution_info": [(500, "Server Error", "provider_unavailable")],
}
RETRY = ("provider_unavailable", "busy")


def refused(api, account, name, arguments, line, status, message):
    """What a call is refused with when its address answers so."""
    api.answers[line] = (status, {"message": message})
    with pytest.raises((ProviderRefused, ProviderUnavailable)) as error:
        providers.call(account, name, arguments)
    return error.value


def check(error, status, message, code):
    assert error.code == code
    assert isinstance(error, ProviderUnavailable if code in RETRY else ProviderRefused)
    assert (error.provider_code, error.provider_message) == (str(status), message)
    assert error.sentence and error.advice
    shown = f"{error} {error.sentence} {error.advice} {error.detail}"
    assert CLIENT_ID not in shown and PASSWORD not in shown and "t-1" not in shown
    assert not message or message not in f"{error} {error.detail}"


@pytest.mark.parametrize(("status", "message", "code"), TOKENS)
def test_no_token(api, account, status, message, code):
    arguments, _line = ARGUMENTS["check_status"]
    check(refused(api, account, "check_status", arguments, TOKEN[api.profile], status, message), status, message, code)
    assert STATUS not in api.lines


@pytest.mark.parametrize(("status", "message", "code"), USER_TOKENS)
def test_no_token_of_a_user(legacy, db, status, message, code):
    error = refused(legacy, account_at(legacy), "get_institution_info", {}, "POST /token", status, message)
    check(error, status, message, code)


@pytest.mark.parametrize(("status", "message", "code"), SUBMISSIONS)
def test_no_submission(api, account, status, message, code):
    arguments = ABOUT | {"docType": "pdf"}
    error = refused(api, account, "create_submission", arguments, CREATE[api.profile], status, message)
    check(error, status, message, code)
    assert error.ambiguous == (status >= 500 or status == 302)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Maximum of submissions has been reached", "too_many_submissions"),
        ("Something went wrong", "provider_unavailable"),
        ("No", "not_accepted"),
    ],
)
def test_no_document_id_in_an_answer_of_200_is_an_error_too(api, account, tmp_path, message, code):
    file = tmp_path / "essay.txt"
    file.write_bytes(b"Trade")
    error = refused(api, account, "upload_document", ABOUT | {"file": str(file)}, CREATE[api.profile], 200, message)
    check(error, 200, message, code)
    assert api.storage.asked == []


@pytest.mark.parametrize(("status", "message", "code"), DOCUMENTS)
@pytest.mark.parametrize(("name", "line"), [("check_status", STATUS), ("get_report_url", REPORT)])
def test_no_status_and_no_report(api, account, name, line, status, message, code):
    error = refused(api, account, name, {"documentId": DOCUMENT}, line, status, message)
    check(error, status, message, code)
    assert not error.ambiguous


@pytest.mark.parametrize(
    ("name", "status", "message", "code"), [(name, *case) for name, cases in USERS.items() for case in cases]
)
def test_no_user_and_no_course(api, account, name, status, message, code):
    arguments, line = ARGUMENTS[name]
    error = refused(api, account, name, arguments, line, status, message)
    check(error, status, message, code)
    assert error.ambiguous == (code == "provider_unavailable" and ORIGINALITY.operations[name].audited)


def test_every_operation_has_its_errors():
    assert set(USERS) == {
        "create_user",
        "get_user",
        "list_users",
        "update_educator",
        "update_student",
        "delete_user",
    } | {
        "list_courses",
        "get_course",
        "get_institution_info",
    }


@pytest.mark.parametrize("body", [b"<html>oops</html>", b"{", b"\xff\xfe"])
def test_an_answer_that_is_no_json_is_no_answer(api, account, body):
    api.answers[STATUS] = (200, body)
    with pytest.raises(ProviderUnavailable):
        providers.call(account, "check_status", {"documentId": DOCUMENT})


def test_nobody_at_home_is_no_answer(api, account):
    account.settings = {**account.settings, "base_url": "http://127.0.0.4:9"}
    with pytest.raises(ProviderUnavailable) as silence:
        providers.call(account, "check_status", {"documentId": DOCUMENT})
    assert not silence.value.ambiguous


def test_how_long_to_wait_is_told_where_it_says_so(api, account):
    api.answers[STATUS], api.headers = (429, {}), {"Retry-After": "17"}
    with pytest.raises(ProviderUnavailable) as busy:
        providers.call(account, "check_status", {"documentId": DOCUMENT})
    assert busy.value.retry_after == 17


@pytest.mark.parametrize(("status", "message", "code"), [(401, "x", "credentials_refused"), (403, "x", "not_allowed")])
def test_administrators_see_what_only_they_can_put_right_until_it_is(api, account, status, message, code):
    refused(api, account, "check_status", {"documentId": DOCUMENT}, STATUS, status, message)
    assert list(AccountTrouble.objects.values_list("code", flat=True)) == [code]
    del api.answers[STATUS]
    providers.call(account, "check_status", {"documentId": DOCUMENT})
    assert not AccountTrouble.objects.exists()


def test_each_meaning_says_what_happened_and_what_to_do():
    meanings = [each for table in errors.MEANINGS.values() for each in table.values()]
    meanings += [each for table in errors.BY_WORDS.values() for _words, each in table]
    assert all(each.sentence and each.advice and each.remedy in Remedy for each in meanings)
    assert {each.remedy for each in meanings} == set(Remedy)
