"""Each operation in both generations: exactly what is asked, and what comes back."""

import base64
import json

import pytest

from lti_bridge import providers
from lti_bridge.errors import CannotCall, ProviderRefused, ProviderUnavailable
from lti_bridge.models import ProviderAct
from lti_bridge.providers import provider_of
from tests.originality_server import CREATE, DOCUMENT, EMAIL, INSTITUTION, PASSWORD, STATUS, TOKEN
from tests.providers.inspera_originality.conftest import account_at

pytestmark = pytest.mark.django_db
ORIGINALITY = provider_of("inspera_originality")
NAMES = {"firstName": "Alice", "lastName": "Martin"}
ABOUT = {"documentTitle": "The League", "author": "Alice", "email": "alice@example.edu", "documentLanguage": "en"}

#: Operation, arguments, and what is asked: line, query, body.
CASES = [
    ("check_status", {"documentId": DOCUMENT}, STATUS, {}, None),
    ("get_report_url", {"documentId": DOCUMENT}, f"GET /document/{DOCUMENT}/mode/view", {}, None),
    ("get_report_url", {"documentId": DOCUMENT, "mode": "EDIT"}, f"GET /document/{DOCUMENT}/mode/edit", {}, None),
    (
        "create_user",
        NAMES | {"email": "a@example.edu", "role": "student", "courses": "HIS-1,GEO-1"},
        "POST /user",
        {},
        NAMES | {"email": "a@example.edu", "role": "Student", "courses": ["HIS-1", "GEO-1"]},
    ),
    ("get_user", {"email": "a+b@example.edu"}, "GET /user-info", {"email": "a+b@example.edu"}, None),
    ("list_users", {"page": 2}, "GET /user-info", {"page": "2"}, None),
    ("list_users", {"page": "2", "limit": "50"}, "GET /user-info", {"page": "2", "limit": "50"}, None),
    (
        "update_educator",
        NAMES | {"userId": "7", "userSubjects": ["HIS-1"]},
        "PUT /user-info",
        {"userId": "7"},
        NAMES | {"userSubjects": ["HIS-1"]},
    ),
    (
        "update_student",
        NAMES | {"userId": 7, "status": "active", "email": "a@example.edu"},
        "PUT /user-info",
        {"userId": "7"},
        NAMES | {"status": "active", "email": "a@example.edu"},
    ),
    ("delete_user", {"userId": "7"}, "DELETE /user-info", {"userId": "7"}, None),
    ("list_courses", {"page": "1", "limit": "20"}, "GET /courses-info", {"page": "1", "limit": "20"}, None),
    ("get_course", {"courseCode": "HIS 1&2"}, "GET /courses-info", {"courseCode": "HIS 1&2"}, None),
    ("get_institution_info", {}, "GET /institution-info", {}, None),
]
#: Those whose cases are below.
OTHERS = {"generate_token", "create_user_token", "create_submission", "upload_document"}


@pytest.mark.parametrize(("name", "arguments", "line", "query", "body"), CASES)
def test_exactly_this_is_asked_once_and_the_answer_comes_back(api, account, name, arguments, line, query, body):
    api.answers[line] = (200, {"fristName": "as it is", "id": 7})
    assert providers.call(account, name, arguments) == {"fristName": "as it is", "id": 7}
    assert api.lines.count(line) == 1 and api.lines[-1] == line
    assert api.query() == query
    assert (api.told() if api.last.body else None) == body
    assert api.last.headers["authorization"] == "Bearer t-1"


def test_every_operation_is_in_a_case():
    assert {name for name, *_ in CASES} | OTHERS == set(ORIGINALITY.operations)
    assert len(ORIGINALITY.operations) == 15


def test_tokens_are_told_as_originality_tells_them(api, account):
    assert providers.call(account, "generate_token", {})["token"] == "t-1"
    assert api.lines == [TOKEN[api.profile]]
    assert providers.call(account, "create_user_token", {})["token"] == "t-2"
    assert (api.lines[-1], api.told()) == ("POST /token", {"email": EMAIL, "password": PASSWORD})


# --- documents ------------------------------------------------------------------------------


def test_a_submission_is_told_in_the_generations_own_way(api, account):
    given = ABOUT | {
        "docType": "docx",
        "translatedLanguage": "nl",
        "enableAIDetection": "true",
        "archive": "false",
        "reSubmissions": "3",
    }
    answer = providers.call(account, "create_submission", given)
    assert answer["documentId"] == DOCUMENT and answer["presignedS3Url"].startswith(api.storage.url)
    assert api.lines[-1] == CREATE[api.profile]
    told = api.told()
    if api.profile == "legacy":
        assert told == ABOUT | {
            "docType": "docx",
            "translatedLanguage": "nd",
            "enableAIDetection": "true",
            "archive": "false",
            "reSubmissions": "3",
        }
    else:
        media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        assert told == ABOUT | {
            "docType": media_type,
            "translatedLanguage": ["nd"],
            "translationsEnabled": True,
            "enableAIDetection": True,
            "archive": False,
            "reSubmissions": 3,
        }


def test_a_file_goes_inside_the_request_of_the_first_generation_only(api, account, tmp_path):
    file = tmp_path / "essay.txt"
    file.write_bytes(b"Trade towns" * 1000)
    call = (account, "create_submission", ABOUT | {"file": str(file)})
    if api.profile == "current":
        with pytest.raises(CannotCall):
            providers.call(*call)
        assert api.lines == []
    else:
        providers.call(*call)
        told = api.told()
        assert told["docType"] == ".txt"
        assert base64.b64decode(told["file"].removeprefix("base64,")) == file.read_bytes()


def test_a_document_is_brought_to_the_address_that_was_given(api, account, tmp_path):
    file = tmp_path / "essay.PDF"
    file.write_bytes(b"%PDF-1.7 and more")
    url = f"{api.storage.url}/bucket/key?X-Amz-Signature=sig"
    assert providers.call(account, "upload_document", {"file": str(file), "presignedS3Url": url}) == {"size": 17}
    (put,) = api.storage.asked
    assert (put.method, put.path, put.body) == ("PUT", "/bucket/key?X-Amz-Signature=sig", b"%PDF-1.7 and more")
    assert (put.headers["content-type"], put.headers["content-length"]) == ("application/pdf", "17")
    assert "authorization" not in put.headers and "transfer-encoding" not in put.headers
    assert api.lines == []


def test_a_document_is_told_of_and_brought_in_one_go(api, account, tmp_path):
    file = tmp_path / "essay.md"
    file.write_bytes(b"# Trade towns")
    answer = providers.call(account, "upload_document", ABOUT | {"file": str(file)})
    assert (answer["documentId"], answer["size"]) == (DOCUMENT, 13)
    assert api.storage.asked[0].headers["content-type"] == "text/markdown"
    assert api.told()["docType"] == {"current": "text/markdown", "legacy": "md"}[api.profile]


@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken"])
def test_an_address_that_is_no_longer_good_is_said_to_be_so(api, account, tmp_path, code):
    file = tmp_path / "essay.txt"
    file.write_bytes(b"Trade")
    api.stored = (403, {}, f"<Error><Code>{code}</Code></Error>".encode())
    with pytest.raises(ProviderUnavailable) as expired:
        providers.call(account, "upload_document", ABOUT | {"file": str(file)})
    assert expired.value.code == "upload_address_expired"


def test_a_document_leaves_for_no_host_that_is_not_allowed(api, account, tmp_path):
    file = tmp_path / "essay.txt"
    file.write_bytes(b"Trade")
    for url in ("https://storage.example.com/x", f"{api.url}/x", "https://amazonaws.com.example.com/x"):
        with pytest.raises(ProviderRefused):
            providers.call(account, "upload_document", {"file": str(file), "presignedS3Url": url})
    assert api.api.asked == [] and api.storage.asked == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("check_status", {}),
        ("check_status", {"documentId": "../../user"}),
        ("get_report_url", {"documentId": DOCUMENT, "mode": "draw"}),
        ("create_submission", ABOUT | {"documentTitle": "Four", "docType": "pdf"}),
        ("create_submission", ABOUT),
        ("create_submission", ABOUT | {"docType": "exe"}),
        ("create_submission", ABOUT | {"docType": "pdf", "translatedLanguage": "en,de,fr,it"}),
        ("create_submission", ABOUT | {"docType": "pdf", "documentLanguage": "ja"}),
        ("upload_document", {"file": "/no/such/file.txt", "presignedS3Url": "https://x.amazonaws.com/k"}),
        ("upload_document", {"file": "/etc/passwd", "presignedS3Url": "https://x.amazonaws.com/k"}),
        ("upload_document", {"file": __file__}),
        ("upload_document", {"file": __file__, "documentTitle": "The League", "docType": "txt"}),
        ("create_user", NAMES | {"email": "a@example.edu", "role": "Dean"}),
        ("create_user", NAMES | {"email": "nobody", "role": "Student"}),
        ("update_educator", {"userId": "7"}),
        ("delete_user", {}),
        ("list_users", {"page": "0"}),
        ("delete_everything", {}),
    ],
)
def test_what_is_wrong_is_never_sent(api, account, name, arguments):
    with pytest.raises(CannotCall):
        providers.call(account, name, arguments)
    assert api.api.asked == []


@pytest.mark.parametrize("name", ["create_user", "update_educator", "update_student", "delete_user"])
def test_what_changes_somebody_is_written_down(api, account, name):
    arguments = next(given for each, given, *_ in CASES if each == name)
    providers.call(account, name, arguments)
    act = ProviderAct.objects.get()
    assert (act.what, act.state, act.staff) == (name, "done", "lti-bridge call")
    assert "example.edu" not in json.dumps(act.details)


# --- settings that change what is asked -----------------------------------------------------


def test_an_address_can_be_set_otherwise(current, db):
    account = account_at(current, endpoints={"delete_user": "DELETE /userId={userId}"})
    providers.call(account, "delete_user", {"userId": "7"})
    assert current.last.path == "/userId=7"


def test_the_clients_id_goes_along_in_the_query_where_the_account_says_so(api, db):
    account = account_at(api, client_id_in_query=True)
    providers.call(account, "get_report_url", {"documentId": DOCUMENT})
    assert api.query() == {"clientId": "c1ient-1d"}


def test_without_a_user_nothing_about_users_is_asked(api, account):
    account.settings = {name: value for name, value in account.settings.items() if name != "email"}
    with pytest.raises(ProviderRefused) as refused:
        providers.call(account, "list_courses", {"page": 1})
    assert refused.value.code == "account_incomplete" and INSTITUTION not in str(refused.value)
    assert api.api.asked == []
