"""A document on its way: what is told of it, that it is brought whole, and where its report is."""

import base64
import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from lti_bridge.errors import ProviderError, ProviderRefused, ProviderUnavailable
from lti_bridge.models import AccountTrouble
from lti_bridge.providers import provider_of
from lti_bridge.providers.documents import Place
from lti_bridge.providers.inspera_originality import submissions
from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES
from tests.originality_server import CREATE, DOCUMENT, STATUS
from tests.providers.inspera_originality.conftest import account_at, document_at
from tests.providers.inspera_originality.papers import Paper
from tests.test_http_upload import Sink

pytestmark = pytest.mark.django_db
DOCUMENTS = provider_of("inspera_originality").documents


# --- what is taken --------------------------------------------------------------------------


def test_an_activity_that_says_nothing_takes_everything_that_originality_takes(account, document):
    rules = DOCUMENTS.rules(account, document.attempt.activity)
    assert {each.media_type for each in DOCUMENT_TYPES.values()} == set(rules.media_types.values())
    assert (rules.max_bytes, rules.title_length, rules.min_words) == (200_000_000, (5, 190), 0)
    assert (rules.takes_text, rules.due_at, rules.keep_days, rules.shows_report) == (True, None, 0, False)


def test_an_activity_says_what_it_takes(account):
    told = {
        "document_types": "pdf,docx",
        "max_bytes": 5_000_000,
        "minLimit": 300,
        "due_at": "2026-12-01T12:00:00+01:00",
        "keep_days": 30,
        "report_release": "automatic",
    }
    rules = DOCUMENTS.rules(account, document_at(account, told).attempt.activity)
    assert set(rules.media_types) == {"pdf", "docx"}
    assert (rules.max_bytes, rules.min_words, rules.keep_days) == (5_000_000, 300, 30)
    assert rules.due_at == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert (rules.takes_text, rules.shows_report) == (False, True)


@pytest.mark.parametrize(
    ("told", "named", "sought"),
    [
        ({}, "Your name and your e-mail address go along", "compared with other texts."),
        (
            {"enableAIDetection": True},
            "Your name and your e-mail address go along",
            "whether a machine may have written",
        ),
        ({"anonymous_submissions": True}, "a pseudonym goes along", "compared with other texts."),
    ],
)
def test_learners_are_told_what_goes_along_and_what_it_is_checked_for(account, told, named, sought):
    sentences = DOCUMENTS.rules(account, document_at(account, told).attempt.activity).told
    assert named in sentences[0] and sought in sentences[1]


@pytest.mark.parametrize(("told", "gives"), [({}, False), ({"grade": "none"}, False), ({"grade": "originality"}, True)])
def test_a_grade_is_given_where_the_activity_says_so(account, told, gives):
    assert DOCUMENTS.rules(account, document_at(account, told).attempt.activity).gives_grade == gives


def test_what_goes_inside_the_request_has_to_fit_into_one(legacy, db):
    account = account_at(legacy, upload="inline_base64")
    assert DOCUMENTS.goes_along(account)
    activity = document_at(account).attempt.activity
    assert DOCUMENTS.rules(account, activity).max_bytes == 7_000_000
    for told, most in ((100_000_000, 7_000_000), (5_000_000, 5_000_000)):
        activity.parameters["max_bytes"] = told
        assert DOCUMENTS.rules(account, activity).max_bytes == most


# --- what is told ---------------------------------------------------------------------------

FULL = {
    "documentLanguage": "nl",
    "translatedLanguage": ["cs"],
    "assignmentId": "A-1",
    "subjectId": "HIS-1",
    "thesisID": "T-1",
    "institutionName": "Greendale",
    "enableAIDetection": True,
    "enableReferenceDetection": False,
    "reSubmissions": 3,
    "minLimit": 100,
    "archive": True,
}
ONLY_CURRENT = {
    "assignmentName": "Essay 1",
    "subjectName": "History",
    "teamSubmission": False,
    "educators": [{"id": "1", "name": "Ines", "email": "ines@example.edu"}],
    "students": [{"id": "2", "name": "Bob", "email": "bob@example.edu"}],
    "metadataAnalysis": True,
    "excludeCitations": True,
    "translationsEnabled": True,
    "enableContextSimilarity": True,
    "contextualSimilaritiesThreshold": 70,
    "sourcesThreshold": 5,
    "allowCharacterReplacementExceptions": ["ä", "ue"],
    "includeSources": ["web"],
    "excludeSources": ["example.com"],
}


def test_the_first_generation_is_told_everything_in_words(legacy, db):
    document = document_at(account_at(legacy), FULL)
    place = DOCUMENTS.register(document, Paper())
    assert place.provider_document_id == DOCUMENT and place.upload_url.startswith(legacy.storage.url)
    assert legacy.told() == {
        "documentTitle": "The League",
        "author": "Alice Liddell",
        "email": document.attempt.learner.email,
        "docType": ".txt",
        "documentLanguage": "nd",
        "translatedLanguage": "cz",
        "assignmentId": "A-1",
        "subjectId": "HIS-1",
        "thesisID": "T-1",
        "institutionName": "Greendale",
        "enableAIDetection": "true",
        "enableReferenceDetection": "false",
        "reSubmissions": "3",
        "minLimit": "100",
        "archive": "true",
    }


def test_the_current_generation_is_told_everything_as_json_has_it(current, db):
    document = document_at(account_at(current), FULL | ONLY_CURRENT | {"translatedLanguage": "cs,de,es"})
    DOCUMENTS.register(document, Paper())
    told = current.told()
    assert told["docType"] == "text/plain" and told["translatedLanguage"] == ["cz", "de", "es"]
    assert (told["enableAIDetection"], told["archive"], told["reSubmissions"], told["minLimit"]) == (True, True, 3, 100)
    assert told["sentenceThresholds"] == {"contextualSimilaritiesThreshold": 70}
    assert told["sources"] == {"includeSources": ["web"], "excludeSources": ["example.com"]}
    nested = ("contextualSimilaritiesThreshold", "includeSources", "excludeSources")
    for name, value in ONLY_CURRENT.items():
        assert (name in told, told.get(name, value)) == (name not in nested, value)
    assert "file" not in told


def test_without_more_only_what_is_needed_is_told(current, db):
    document = document_at(account_at(current), {})
    DOCUMENTS.register(document, Paper())
    attempt = document.attempt
    assert current.told() == {
        "documentTitle": "The League",
        "author": "Alice Liddell",
        "email": attempt.learner.email,
        "docType": "text/plain",
        "documentLanguage": "en",
        "assignmentId": f"essay.{attempt.resource_link_id}",
        "assignmentName": "Essay",
        "reSubmissions": 1000,
    }


@pytest.mark.parametrize(
    ("most", "number", "given", "told"),
    [
        (None, 1, {}, 1000),
        (1, 1, {}, 2),
        (3, 1, {}, 6),
        (1, 4, {}, 8),
        (900, 1, {}, 1000),
        (3, 1, {"reSubmissions": 3}, 3),
    ],
)
def test_as_many_documents_are_to_be_taken_as_the_activity_allows(current, db, most, number, given, told):
    """Its own default is one, and the second document would be refused."""
    document = document_at(account_at(current), given)
    document.attempt.activity.max_attempts, document.attempt.number = most, number
    DOCUMENTS.register(document, Paper())
    assert current.told()["reSubmissions"] == told


def test_nothing_that_the_lms_calls_them_leaves(api, document):
    DOCUMENTS.register(document, Paper())
    sent = api.last.body.decode()
    for theirs in ("course-history", "link-1", f'"{document.attempt.learner.user_id}"'):
        assert theirs not in sent


def test_somebody_who_is_not_to_be_named_is_not(current, db):
    account = account_at(current, pseudonym_domain="people.example.edu")
    document = document_at(account, {"anonymous_submissions": True})
    DOCUMENTS.register(document, Paper())
    opaque = document.attempt.learner.opaque_id
    assert current.told()["anonymous_submissions"] is True
    assert (current.told()["author"], current.told()["email"]) == (opaque, f"{opaque}@people.example.edu")
    assert "Liddell" not in current.last.body.decode()


def test_an_address_is_made_up_where_the_lms_tells_none_and_the_account_says_so(api, db):
    account = account_at(api, pseudonym_domain="people.example.edu")
    document = document_at(account)
    learner = document.attempt.learner
    learner.email = learner.given_name = learner.family_name = ""
    DOCUMENTS.register(document, Paper())
    assert api.told()["email"] == f"{learner.opaque_id}@people.example.edu"
    assert api.told()["author"] == learner.opaque_id


def test_without_an_address_nothing_is_told(api, document):
    document.attempt.learner.email = " "
    with pytest.raises(ProviderRefused) as refused:
        DOCUMENTS.register(document, Paper())
    assert refused.value.code == "email_missing" and api.api.asked == []


# --- inside the request ---------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1000])
@pytest.mark.parametrize("piece", [1, 2, 3, 4, 999])
def test_a_document_inside_the_request_is_whole_whatever_its_pieces(legacy, db, size, piece):
    content = bytes(number % 251 for number in range(size))
    document = document_at(account_at(legacy, upload="inline_base64"), media_type="application/pdf")
    legacy.answers[CREATE["legacy"]] = (200, {"message": "ok", "documentId": DOCUMENT})
    assert DOCUMENTS.register(document, Paper(content, piece)) == Place(DOCUMENT, "")
    told = legacy.told()
    assert told["file"].startswith("base64,")
    assert base64.b64decode(told["file"].removeprefix("base64,"), validate=True) == content
    assert legacy.last.headers["content-length"] == str(len(legacy.last.body))
    assert "transfer-encoding" not in legacy.last.headers


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_html_goes_as_the_text_that_it_is(legacy, db, piece):
    page = '<p class="x">Grüße \\ “quoted” \U0001f600\n</p>' + "<p>Мост и город</p>" * 5
    document = document_at(account_at(legacy, upload="inline_base64"), media_type="text/html")
    DOCUMENTS.register(document, Paper(page.encode(), piece))
    assert legacy.told()["file"] == page
    assert legacy.last.headers["content-length"] == str(len(legacy.last.body))


def test_html_in_any_alphabet_takes_no_more_room_than_in_base_64(legacy, db):
    document = document_at(account_at(legacy, upload="inline_base64"), media_type="text/html")
    for page in ("Η Ένωση " * 1000, '"\\' * 1000):
        DOCUMENTS.register(document, Paper(page.encode(), 99))
        assert len(legacy.last.body) < len(page.encode()) * 4 / 3 + 400
    assert base64.b64decode(legacy.told()["file"].removeprefix("base64,")) == page.encode()


@pytest.mark.parametrize("page", ["<p>Grüße</p>".encode("latin-1"), "<p>x</p>".encode("utf-16"), b"<p>\xe2\x82"])
def test_html_in_another_encoding_goes_as_bytes(legacy, db, page):
    document = document_at(account_at(legacy, upload="inline_base64"), media_type="text/html")
    DOCUMENTS.register(document, Paper(page, 3))
    assert base64.b64decode(legacy.told()["file"].removeprefix("base64,")) == page


def test_an_address_that_comes_all_the_same_is_used(legacy, db):
    document = document_at(account_at(legacy, upload="inline_base64"))
    assert DOCUMENTS.register(document, Paper()).upload_url.startswith(legacy.storage.url)


def test_after_a_lost_answer_a_document_inside_the_request_may_be_there(legacy, db):
    document = document_at(account_at(legacy, upload="inline_base64"))
    for status in (500, 504, 200):
        legacy.answers[CREATE["legacy"]] = (status, b"<html>" if status == 200 else {})
        with pytest.raises(ProviderUnavailable) as silence:
            DOCUMENTS.register(document, Paper())
        assert silence.value.ambiguous


# --- the place ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://storage.example.com/x",
        "http://bucket.s3.amazonaws.com/x",
        "https://bucket.s3.amazonaws.com@example.com/x",
        "https://bucket.amazonaws.com.example.com/x",
        "https://user@bucket.s3.amazonaws.com/x",
        "ftp://bucket.s3.amazonaws.com/x",
        "https://[::1",
        "//bucket.s3.amazonaws.com/x",
    ],
)
def test_an_address_that_is_not_amazons_by_https_is_refused(api, db, url):
    account = account_at(api, upload_hosts=[".amazonaws.com"])
    api.answers[CREATE[api.profile]] = (200, {"documentId": DOCUMENT, "presignedS3Url": url})
    with pytest.raises(ProviderUnavailable) as refused:
        DOCUMENTS.register(document_at(account), Paper())
    assert refused.value.code == "foreign_upload_host" and url not in str(refused.value)


def test_amazons_addresses_are_allowed_without_being_set(api, account):
    account.settings = {name: value for name, value in account.settings.items() if name != "upload_hosts"}
    url = "https://bucket.s3.eu-central-1.amazonaws.com/key?X-Amz-Signature=sig"
    assert submissions.place_of(account, {"DOCUMENTID": 12, "presigned_s3_url": url}) == Place("12", url)


def test_an_answer_that_says_nowhere_is_refused(api, document):
    api.answers[CREATE[api.profile]] = (200, {"documentId": DOCUMENT})
    with pytest.raises(ProviderUnavailable) as refused:
        DOCUMENTS.register(document, Paper())
    assert refused.value.code == "no_upload_address"


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (401, "Token has expired", "credentials_refused"),
        (403, "Missing Authentication Token", "wrong_address"),
        (400, "The required fields are invalid", "fields_not_accepted"),
    ],
)
def test_what_only_an_administrator_can_put_right_keeps_no_document_from_being_passed_on(
    api, document, status, words, code
):
    """The learner has done their part: it is tried again until it is put right, and administrators are told."""
    api.answers[CREATE[api.profile]] = (status, {"message": words})
    with pytest.raises(ProviderUnavailable) as waiting:
        DOCUMENTS.register(document, Paper())
    assert (waiting.value.code, waiting.value.ambiguous) == (code, False)
    assert list(AccountTrouble.objects.values_list("code", flat=True)) == [code]
    del api.answers[CREATE[api.profile]]
    assert DOCUMENTS.register(document, Paper()).provider_document_id == DOCUMENT
    assert not AccountTrouble.objects.exists()


@pytest.mark.parametrize(("status", "code"), [(403, "SignatureDoesNotMatch"), (400, "InvalidArgument")])
def test_what_the_storage_cannot_take_is_no_fault_of_the_document(api, document, status, code):
    place = DOCUMENTS.register(document, Paper())
    api.stored = (status, {}, f"<Error><Code>{code}</Code></Error>".encode())
    with pytest.raises(ProviderUnavailable) as waiting:
        DOCUMENTS.upload(document, place, Paper())
    assert (waiting.value.code, waiting.value.ambiguous) == ("upload_not_accepted", False)
    assert list(AccountTrouble.objects.values_list("code", flat=True)) == ["upload_not_accepted"]
    api.stored = (200, {}, b"")
    assert DOCUMENTS.upload(document, place, Paper()) and not AccountTrouble.objects.exists()


def test_each_error_about_a_document_has_words_for_people(api, document):
    for code in ("too_many_submissions", "fields_not_accepted", "email_missing", "upload_not_accepted", "too_large"):
        sentence, advice = DOCUMENTS.meanings[code]
        assert sentence and advice


def test_an_address_that_is_not_allowed_is_seen_at_the_account_until_it_is(api, document):
    account = document.attempt.account
    account.settings = {**account.settings, "upload_hosts": [".amazonaws.com"]}
    account.save()
    with pytest.raises(ProviderUnavailable):
        DOCUMENTS.register(document, Paper())
    with pytest.raises(ProviderUnavailable):
        DOCUMENTS.upload(document, Place(DOCUMENT, f"{api.storage.url}/x"), Paper())
    assert list(AccountTrouble.objects.values_list("code", flat=True)) == ["foreign_upload_host"]
    account.settings = {**account.settings, "upload_hosts": [api.storage.url]}
    account.save()
    DOCUMENTS.register(document, Paper())
    assert not AccountTrouble.objects.exists()


def test_an_address_is_never_shown(api, document):
    place = DOCUMENTS.register(document, Paper())
    assert "sig" not in repr(place)


def test_content_is_brought_as_it_is_with_its_type_and_without_our_token(api, document):
    place = DOCUMENTS.register(document, Paper())
    assert DOCUMENTS.upload(document, place, Paper()) is True
    (put,) = api.storage.asked
    assert (put.method, put.path, put.body) == ("PUT", "/bucket/key?X-Amz-Signature=sig", b"Trade towns")
    assert (put.headers["content-type"], put.headers["content-length"]) == ("text/plain", "11")
    assert "authorization" not in put.headers


def test_two_hundred_megabytes_are_brought_in_the_memory_of_a_piece(current, db):
    class Long:
        size = 200_000_000

        def pieces(self):
            return (bytes([number]) * 1_000_000 for number in range(200))

    sink = Sink()
    document = document_at(account_at(current, upload_hosts=[sink.url.partition("/place")[0]]))
    tracemalloc.start()
    assert DOCUMENTS.upload(document, Place(DOCUMENT, sink.url), Long()) is True
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sink.socket.close()
    assert (sink.size, peak < 20_000_000) == (200_000_000, True)
    assert b"content-length: 200000000" in sink.head.lower() and b"authorization" not in sink.head.lower()


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (201, "", True),
        (403, "AccessDenied", False),
        (403, "", False),
        (400, "ExpiredToken", False),
        (404, "NoSuchKey", False),
        (410, "", False),
        (403, "SignatureDoesNotMatch", "upload_not_accepted"),
        (400, "InvalidArgument", "upload_not_accepted"),
        (400, "EntityTooLarge", "too_large"),
        (413, "", "too_large"),
        (503, "SlowDown", "busy"),
        (400, "RequestTimeout", "busy"),
        (429, "", "busy"),
        (500, "", "provider_unavailable"),
        (307, "TemporaryRedirect", "provider_unavailable"),
    ],
)
def test_what_the_storage_answers(api, document, status, code, outcome):
    place = DOCUMENTS.register(document, Paper())
    api.stored = (status, {}, f"<Error><Code>{code}</Code><RequestId>sig</RequestId></Error>".encode())
    if isinstance(outcome, bool):
        assert DOCUMENTS.upload(document, place, Paper()) is outcome
        return
    with pytest.raises(ProviderError) as problem:
        DOCUMENTS.upload(document, place, Paper())
    assert problem.value.code == outcome and "sig" not in str(problem.value)


def test_a_storage_that_is_not_there_is_no_answer(api, db):
    document = document_at(account_at(api, upload_hosts=["http://127.0.0.4:9"]))
    with pytest.raises(ProviderUnavailable) as silence:
        DOCUMENTS.upload(document, Place(DOCUMENT, "http://127.0.0.4:9/x"), Paper())
    assert not silence.value.ambiguous


# --- whether it arrived ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told", "arrived"),
    [
        (200, {"status": 0}, None),
        (200, {"status": -1}, True),
        (200, {"status": 1, "similarity": 3}, True),
        (200, {"status": 2}, None),
        (200, {"status": 77}, None),
        (200, [], None),
        (404, {"message": "Submission not found"}, False),
    ],
)
def test_whether_a_document_arrived(api, attempt, document, status, told, arrived):
    api.answers[STATUS] = (status, told)
    assert DOCUMENTS.arrived(document) is arrived


def test_what_was_never_told_of_has_not_arrived(api, document):
    assert DOCUMENTS.arrived(document) is False
    assert api.api.asked == []


def test_no_answer_is_no_word_about_it(api, attempt, document):
    api.answers[STATUS] = (403, {})
    with pytest.raises(ProviderUnavailable):
        DOCUMENTS.arrived(document)


# --- the report -----------------------------------------------------------------------------


@pytest.mark.parametrize(("edit", "mode"), [(False, "view"), (True, "edit")])
def test_the_address_of_a_report_is_asked_for_at_each_view_and_never_kept(api, attempt, caplog, edit, mode):
    for _ in range(2):
        assert DOCUMENTS.report_url(attempt, edit).endswith("key=secret-of-one-view")
    assert api.lines.count(f"GET /document/{DOCUMENT}/mode/{mode}") == 2
    attempt.refresh_from_db()
    assert "secret-of-one-view" not in json.dumps(attempt.provider_details) + caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "http://report.example.com/r",
        "javascript:alert(1)",
        "",
        None,
        "https://user:pass@example.com/",
        "https://",
        "https://example.com/ x",
        "https://example.com/\nx",
        ["https://example.com"],
    ],
)
def test_an_address_that_is_not_safe_is_given_to_nobody(api, attempt, url):
    api.answers[f"GET /document/{DOCUMENT}/mode/view"] = (200, {"URL": url})
    with pytest.raises(ProviderRefused) as refused:
        DOCUMENTS.report_url(attempt, False)
    assert refused.value.code == "report_address_refused"


def test_at_the_apis_own_host_a_report_may_be_without_https_where_the_api_is(api, attempt):
    api.answers[f"GET /document/{DOCUMENT}/mode/view"] = (200, {"url": f"{api.url}/report"})
    assert DOCUMENTS.report_url(attempt, False) == f"{api.url}/report"


def test_without_a_document_there_is_no_report(api, document):
    with pytest.raises(ProviderUnavailable) as refused:
        DOCUMENTS.report_url(document.attempt, False)
    assert refused.value.code == "no_report_yet" and api.api.asked == []
