"""The outcome service, case by case (ids of the conformance list in the docstrings)."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from structlog.testing import capture_logs

from lti_bridge import flow, oauth1
from lti_bridge.models import Attempt, Cell, Grade, ProviderEvent
from tests.cut_off import CutOff
from tests.relay.sitting import (
    NAMESPACE,
    OLD_NAMESPACE,
    OUTCOMES,
    authorization,
    message,
    other_account,
    said,
    send,
    sit,
)
from tests.world import SECRET, make_world

pytestmark = pytest.mark.django_db

NOT_XML_SCORES = ("1.01", "-0.1", "abc", "", " ", "NaN", "0,92", "1e-1", "92%", "+0.5", "١", "0." + "9" * 101)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def attempt(world):
    return sit(world)


def grades(attempt):
    return [(grade.score_given, grade.raw_score) for grade in attempt.grades.order_by("pk")]


def last_event():
    return ProviderEvent.objects.latest("pk")


# --- what it does ---------------------------------------------------------------------------


def test_a_score_is_stored_and_answered_with_success(attempt):
    """BO-S-01"""
    response = send(message(attempt.key, "0.92"))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    assert "no-store" in response["Cache-Control"]
    answer = said(response)
    assert answer["codeMajor"] == "success"
    assert answer["severity"] == "status"
    assert answer["messageRefIdentifier"] == "m-1"
    assert answer["operationRefIdentifier"] == "replaceResult"
    assert answer["replaceResultResponse"] == ""
    assert grades(attempt) == [(Decimal("0.92"), "0.92")]
    assert last_event().state == "read"
    assert last_event().attempt == attempt
    attempt.refresh_from_db()
    assert attempt.state == "graded"
    assert Cell.objects.get(learner=attempt.learner).wanted_score == Decimal("0.92")


@pytest.mark.parametrize("text", ["0", "0.0", "1", "1.0", ".5", "0.333333333"])
def test_the_exact_text_of_a_score_is_kept(attempt, text):
    """BO-S-02"""
    assert said(send(message(attempt.key, text)))["codeMajor"] == "success"
    assert grades(attempt) == [(Decimal(text), text)]


@pytest.mark.parametrize("text", NOT_XML_SCORES)
def test_what_is_no_score_changes_nothing(attempt, text):
    """BO-S-03"""
    send(message(attempt.key, "0.5"))
    response = send(message(attempt.key, text))
    answer = said(response)
    assert (response.status_code, answer["codeMajor"], answer["codeMinorFieldValue"]) == (200, "failure", "invaliddata")
    assert grades(attempt) == [(Decimal("0.5"), "0.5")]
    assert (last_event().state, last_event().reason[:9]) == ("refused", "bad_score")


def test_a_grade_reads_as_a_number_and_no_grade_as_nothing(attempt):
    """BO-S-04"""
    ask = message(attempt.key, operation="readResult")
    answer = said(send(ask))
    assert (answer["codeMajor"], answer["textString"], answer["language"]) == ("success", "", "en")
    for text, read in (("0.920", "0.92"), ("0.0", "0"), ("1.0", "1"), ("0.333333333", "0.333333333")):
        send(message(attempt.key, text))
        assert said(send(ask))["textString"] == read
    send(message(attempt.key, operation="deleteResult"))
    assert said(send(ask))["textString"] == ""
    assert last_event().state == "read"


def test_deleting_twice_succeeds_twice_and_is_not_a_zero(attempt):
    """BO-S-05"""
    send(message(attempt.key, "0.7"))
    for _ in range(2):
        answer = said(send(message(attempt.key, operation="deleteResult")))
        assert (answer["codeMajor"], answer["deleteResultResponse"]) == ("success", "")
    assert grades(attempt) == [(Decimal("0.7"), "0.7"), (None, "")]
    assert Cell.objects.get().wanted_score is None
    attempt.refresh_from_db()
    assert attempt.state == "submitted"


def test_deleting_what_was_never_there_succeeds(attempt):
    """BO-S-05"""
    assert said(send(message(attempt.key, operation="deleteResult")))["codeMajor"] == "success"
    assert grades(attempt) == []


@pytest.mark.parametrize("operation", ["replaceResults", "readPerson", "createResult"])
def test_an_unknown_operation_is_unsupported(attempt, operation):
    """BO-S-06"""
    response = send(message(attempt.key, "0.5", operation=operation))
    answer = said(response)
    assert (response.status_code, answer["codeMajor"], answer["severity"]) == (200, "unsupported", "status")
    assert (answer["codeMinorFieldValue"], answer["operationRefIdentifier"]) == ("unsupportedLISoperation", operation)
    assert grades(attempt) == []


def test_an_empty_body_element_is_unsupported(attempt):
    """BO-S-06"""
    body = message(attempt.key, "0.5")
    start, end = body.index(b"<replaceResultRequest>"), body.index(b"</imsx_POXBody>")
    assert said(send(body[:start] + body[end:]))["codeMajor"] == "unsupported"


def test_an_unknown_sourcedid_and_a_foreign_one_get_the_same_answer(world, attempt):
    """BO-S-07, SEC-X3, S5"""
    other_account(world)
    theirs = {"key": "other-key", "secret": "other-secret"}
    answers = [
        send(message(attempt.key, "1"), **theirs),
        send(message("a." + "0" * 40, "1"), **theirs),
        send(message(attempt.key.upper(), "1")),
        send(message(attempt.key + " ", "1")),
        send(message("ä" + attempt.key, "1")),
        send(message("x" * 5000, "1")),
    ]
    shown = {
        (each.status_code, *(value for name, value in said(each).items() if name != "messageIdentifier"))
        for each in answers
    }
    assert len(shown) == 1
    assert said(answers[0])["codeMinorFieldValue"] == "unknownobject"
    assert grades(attempt) == []


def test_one_learners_sourcedid_never_grades_another(world, attempt):
    """SEC-X3: each attempt has its own, 160 random bits in it."""
    bob = sit(world, user_id="bob-2")
    send(message(attempt.key, "0.9"))
    assert grades(bob) == []
    assert attempt.key != bob.key
    assert len(bytes.fromhex(attempt.key.removeprefix("a."))) * 8 >= 128


def test_a_grade_of_an_attempt_opened_at_another_account_before_still_arrives(world, attempt):
    world.activity.account = other_account(world)
    world.activity.save()
    assert said(send(message(attempt.key, "0.8")))["codeMajor"] == "success"
    answer = said(send(message(attempt.key, "0.1"), key="other-key", secret="other-secret"))
    assert answer["codeMinorFieldValue"] == "unknownobject"


# --- who may ask ----------------------------------------------------------------------------


def refusals(attempt, world):
    body = message(attempt.key, "1")
    good = authorization(body)
    other_account(world)
    return {
        "no header": {"header": ""},
        "basic": {"header": "Basic YTpi"},
        "no parameters": {"header": "OAuth "},
        "unknown key": {"key": "nobody"},
        "wrong secret": {"secret": "wrong"},
        "empty secret": {"secret": ""},
        "the LMS's secret": {"secret": SECRET},
        "another account's secret": {"secret": "other-secret"},
        "bad signature": {"header": good.replace('oauth_signature="', 'oauth_signature="A')},
        "header cut": {"header": good[: len(good) // 2]},
        "other address": {"url": "https://elsewhere.example.com" + OUTCOMES},
        "plain text": {"header": good.replace("HMAC-SHA1", "PLAINTEXT")},
        "parameter twice": {"header": good + ', oauth_nonce="again"'},
        "method not configured": {"method": "HMAC-SHA256"},
        "hash missing": {"body_hash": ""},
        "hash of another body": {"body_hash": "Lve95gjOVATpfV8EL5X4nxwjKHE="},
        "hash of another algorithm": {"body_hash": "+3LTSbjctEq+js6qG+Re0XhPDgcmtVLP3rjogRqn5Mk="},
    }


def test_whoever_is_not_the_provider_gets_one_and_the_same_401(world, attempt):
    """BO-S-08, BO-S-09, SEC-O1, SEC-O2, SEC-O3, SEC-O6"""
    shown = set()
    for name, signing in refusals(attempt, world).items():
        response = send(message(attempt.key, "1"), **signing)
        assert response.status_code == 401, name
        answer = said(response)
        assert (answer["codeMajor"], answer["codeMinorFieldValue"]) == ("failure", "unauthorizedrequest"), name
        assert response["WWW-Authenticate"].startswith("OAuth realm=")
        shown.add((tuple(answer.items())[2:], response["WWW-Authenticate"]))
    assert len(shown) == 1
    assert ProviderEvent.objects.count() == 0


def test_an_unknown_key_costs_the_same_work(attempt, monkeypatch):
    """SEC-O1"""
    worked = []
    sign = oauth1._signature
    monkeypatch.setattr(oauth1, "_signature", lambda *args: worked.append(1) or sign(*args))
    send(message(attempt.key, "1"), secret="wrong")
    wrong_secret = len(worked)
    send(message(attempt.key, "1"), key="nobody")
    assert len(worked) == 2 * wrong_secret > 0


def test_a_body_changed_after_signing_is_refused(attempt):
    """BO-S-09"""
    header = authorization(message(attempt.key, "0.1"))
    assert send(message(attempt.key, "1"), header=header).status_code == 401
    assert grades(attempt) == []


def test_a_replay_is_refused_and_changes_nothing(attempt):
    """BO-S-10"""
    body = message(attempt.key, "0.4")
    header = authorization(body)
    assert send(body, header=header).status_code == 200
    send(message(attempt.key, "0.9"))
    assert send(body, header=header).status_code == 401
    assert grades(attempt)[-1] == (Decimal("0.9"), "0.9")
    assert ProviderEvent.objects.count() == 2


def test_a_nonce_on_a_bad_signature_is_not_used_up(attempt):
    """S3, SEC-S3"""
    body = message(attempt.key, "0.4")
    assert send(body, nonce="n-1", secret="wrong").status_code == 401
    assert send(body, nonce="n-1").status_code == 200


def test_two_accounts_may_use_the_same_nonce(world, attempt):
    theirs = sit(world, activity=_activity_of(other_account(world)))
    assert send(message(attempt.key, "0.4"), nonce="n-1").status_code == 200
    answer = send(message(theirs.key, "0.4"), nonce="n-1", key="other-key", secret="other-secret")
    assert answer.status_code == 200


def _activity_of(account):
    return account.activities.create(slug="word", title="Word", action="take_test", parameters={"tst_frm_id": 1})


@pytest.mark.parametrize(("offset", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401), (-(10**9), 401)])
def test_the_time_window_is_exact(attempt, settings, offset, status):
    """BO-S-10"""
    settings.LAUNCH_WINDOW = 300
    with time_machine.travel(1_800_000_000, tick=False):
        response = send(message(attempt.key, "0.4"), timestamp=int(time.time()) + offset)
    assert response.status_code == status


def test_a_launch_signature_is_no_good_here(world, attempt):
    """BO-S-18: a launch carries no body hash, and its parameters are a form's."""
    form = oauth1.sign_form(
        "https://bridge.example.edu" + OUTCOMES, {"user_id": "1"}, key="bridge-key", secret="provider-secret"
    )
    header = "OAuth " + ", ".join(f'{name}="{value}"' for name, value in form.items())
    assert send(message(attempt.key, "1"), header=header).status_code == 401


def test_a_disabled_account_is_as_an_unknown_key(world, attempt):
    world.account.enabled = False
    world.account.save()
    assert send(message(attempt.key, "1")).status_code == 401


def test_both_secrets_are_good_while_one_is_rotated(world, attempt):
    """S15"""
    world.account.secrets = {
        "consumer_key": "bridge-key",
        "shared_secret": "new-secret",
        "previous_shared_secret": "provider-secret",
    }
    world.account.save()
    assert send(message(attempt.key, "0.1"), secret="new-secret").status_code == 200
    assert send(message(attempt.key, "0.2"), secret="provider-secret").status_code == 200
    world.account.secrets = {"consumer_key": "bridge-key", "shared_secret": "new-secret"}
    world.account.save()
    assert send(message(attempt.key, "0.3"), secret="provider-secret").status_code == 401


def test_hmac_sha256_with_its_own_body_hash_is_good_where_it_is_configured(world, attempt):
    """BO-S-23, T11-22"""
    world.account.settings["signature_method"] = "HMAC-SHA256"
    world.account.save()
    assert send(message(attempt.key, "0.4"), method="HMAC-SHA256").status_code == 200
    assert send(message(attempt.key, "0.5"), method="HMAC-SHA1").status_code == 401


def test_the_host_header_has_no_say_and_a_query_is_signed(attempt):
    """SEC-O4"""
    body = message(attempt.key, "0.4")
    header = authorization(body)
    spoofed = Client().post(
        OUTCOMES,
        data=body,
        content_type="application/xml",
        headers={"Authorization": header, "X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "http"},
    )
    assert spoofed.status_code == 200
    assert send(message(attempt.key, "0.5"), query="tenant=1&x=a%20b").status_code == 200
    assert send(message(attempt.key, "0.6"), query="oauth_nonce=2").status_code == 401


# --- hostile and odd messages ---------------------------------------------------------------

BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
)
HOSTILE = {
    "doctype": lambda body: body.replace(b"?>\n", b"?>\n<!DOCTYPE imsx_POXEnvelopeRequest>", 1),
    "external entity": lambda body: body.replace(
        b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', 1
    ).replace(b"0.5", b"&f;"),
    "parameter entity": lambda body: body.replace(
        b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>', 1
    ),
    "remote schema": lambda body: body.replace(b"?>\n", b'?>\n<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', 1),
    "billion laughs": lambda body: body.replace(b"?>\n", f"?>\n{BOMB}]>".encode(), 1).replace(b"0.5", b"&j;"),
    "cut": lambda body: body[:-40],
    "not xml": lambda body: b"score=1",
    "deep": lambda body: b"<a>" * 9000 + b"</a>" * 9000,
    "wrong namespace": lambda body: body.replace(NAMESPACE.encode(), b"urn:other"),
    "no namespace": lambda body: body.replace(f' xmlns="{NAMESPACE}"'.encode(), b""),
    "web page": lambda body: b"<!DOCTYPE html><html><body>Log in</body></html>",
    "utf-7": lambda body: body.replace(b"UTF-8", b"UTF-7"),
    "utf-16 said, not sent": lambda body: body.replace(b"UTF-8", b"UTF-16"),
    "utf-16": lambda body: body.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "two scores": lambda body: body.replace(
        b"</result>", b"<resultScore><textString>1</textString></resultScore></result>"
    ),
    "comment in the sourcedid": lambda body: body.replace(b"<sourcedId>", b"<sourcedId><!-- x -->"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_message_is_refused_and_kept(attempt, name):
    """BO-S-11, BO-S-12, BO-S-13, SEC-X1, S8"""
    # Our own work, not the time that a busy machine lets us wait.
    began = time.thread_time()
    response = send(HOSTILE[name](message(attempt.key, "0.5")))
    assert time.thread_time() - began < 1
    assert (response.status_code, said(response)["codeMajor"]) == (400, "failure")
    assert b"root:" not in response.content
    assert grades(attempt) == []
    assert last_event().state == "refused"


def test_a_nul_in_a_message_is_kept_visibly_and_never_a_score(attempt):
    assert said(send(message(attempt.key, "0.5\0")))["codeMajor"] == "failure"
    assert "0.5\\x00" in last_event().raw_body
    assert grades(attempt) == []


def test_an_inclusion_is_not_followed(attempt):
    """BO-S-11"""
    inclusion = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    response = send(message(attempt.key, f"0.5{inclusion}"))
    assert said(response)["codeMajor"] == "failure"
    assert b"root:" not in response.content


def test_a_comment_never_joins_two_scores(attempt):
    """S8"""
    assert said(send(message(attempt.key, "0.<!-- -->9")))["codeMajor"] == "failure"
    assert grades(attempt) == []


def test_a_doctype_is_not_even_looked_at_without_a_signature(attempt, monkeypatch):
    """SEC-X2"""
    monkeypatch.setattr("lti_bridge.pox.read_request", lambda body: pytest.fail("parsed"))
    body = HOSTILE["billion laughs"](message(attempt.key, "0.5"))
    assert send(body, secret="wrong").status_code == 401


class Bottomless:
    """A body that must not be read."""

    def read(self, *args):
        raise AssertionError("read")

    readline = read


@pytest.mark.parametrize("size", [65537, 10_000_000, 50_000_000])
def test_a_body_that_is_too_large_is_refused_without_reading_it(attempt, size):
    """BO-S-12, S8"""
    response = Client().generic(
        "POST", OUTCOMES, b"", CONTENT_TYPE="application/xml", CONTENT_LENGTH=str(size), **{"wsgi.input": Bottomless()}
    )
    assert response.status_code == 413
    assert said(response)["codeMinorFieldValue"] == "toomuchdata"


def test_a_message_of_the_largest_size_is_read(attempt):
    body = message(attempt.key, "0.5")
    body += b" " * (65536 - len(body))
    assert send(body).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.replace(NAMESPACE.encode(), OLD_NAMESPACE.encode()),
        lambda body: (
            body.replace(b"<", b"<ims:")
            .replace(b"<ims:?", b"<?")
            .replace(b"<ims:/", b"</ims:")
            .replace(b"xmlns=", b"xmlns:ims=")
        ),
        lambda body: body.replace(b"UTF-8", b"ISO-8859-1").replace(b"</result>", b"<x>caf\xe9</x></result>"),
    ],
    ids=["byte order mark", "old namespace", "prefix", "latin 1"],
)
def test_odd_but_honest_messages_are_understood(attempt, change):
    """BO-S-13"""
    body = change(message(attempt.key, "0.5"))
    response = send(body)
    assert said(response)["codeMajor"] == "success"
    assert grades(attempt) == [(Decimal("0.5"), "0.5")]


def test_the_answer_is_in_the_namespace_of_the_question(attempt):
    body = message(attempt.key, "0.5").replace(NAMESPACE.encode(), OLD_NAMESPACE.encode())
    assert OLD_NAMESPACE.encode() in send(body).content


@pytest.mark.parametrize("content_type", ["text/xml", "text/xml; charset=utf-8", "application/xml;charset=UTF-8"])
def test_both_content_types_are_good(attempt, content_type):
    """BO-S-14"""
    assert send(message(attempt.key, "0.5"), content_type=content_type).status_code == 200


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json", "", "xml"])
def test_another_content_type_is_refused(attempt, content_type):
    """BO-S-15"""
    response = send(message(attempt.key, "0.5"), content_type=content_type)
    assert (response.status_code, said(response)["codeMajor"]) == (415, "failure")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_allowed(attempt, method):
    """BO-S-16"""
    response = Client().generic(method, OUTCOMES)
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_missing_message_identifier_is_answered_with_an_empty_reference(attempt):
    """BO-S-19"""
    body = message(attempt.key, "0.5")
    bare = body.replace(b"<imsx_messageIdentifier>m-1</imsx_messageIdentifier>", b"")
    for each in (message(attempt.key, "0.5", identifier=""), bare):
        answer = said(send(each))
        assert (answer["codeMajor"], answer["messageRefIdentifier"]) == ("success", "")


def test_markup_in_an_identifier_comes_back_as_text(attempt):
    response = send(message("unknown", "0.5", identifier="&lt;b&gt;&amp;"))
    assert said(response)["messageRefIdentifier"] == "<b>&"


def test_result_data_that_nobody_offered_is_ignored(attempt):
    """BO-S-20"""
    body = message(attempt.key, "0.5", extra="<resultData><text>Well &lt;b&gt;done&lt;/b&gt;</text></resultData>")
    assert said(send(body))["codeMajor"] == "success"
    assert grades(attempt) == [(Decimal("0.5"), "0.5")]


def test_result_data_without_a_score_is_incomplete(attempt):
    """BO-S-21"""
    body = message(attempt.key, "0.5", extra="<resultData><text>x</text></resultData>")
    start, end = body.index(b"<resultScore>"), body.index(b"<resultData>")
    answer = said(send(body[:start] + body[end:]))
    assert (answer["codeMajor"], answer["codeMinorFieldValue"]) == ("failure", "incompletedata")


def test_a_message_without_sourcedid_is_incomplete(attempt):
    assert said(send(message("", "0.5")))["codeMinorFieldValue"] == "incompletedata"


def test_an_activity_that_is_switched_off_still_takes_the_results_of_tests_that_were_sat(world, attempt):
    world.activity.enabled = False
    world.activity.save()
    assert said(send(message(attempt.key, "0.5")))["codeMajor"] == "success"
    assert grades(attempt) != []


def test_what_was_cancelled_is_not_graded(world, attempt):
    """BO-S-22"""
    Attempt.objects.update(state="cancelled")
    response = send(message(attempt.key, "0.5"))
    answer = said(response)
    assert (response.status_code, answer["codeMajor"]) == (200, "failure")
    assert answer["codeMinorFieldValue"] == "gradingnotpermitted"
    assert grades(attempt) == []
    assert last_event().raw_body.encode() == message(attempt.key, "0.5")


# --- once and only once ---------------------------------------------------------------------


def test_the_same_message_twice_has_one_effect(attempt):
    """F20"""
    for _ in range(2):
        assert send(message(attempt.key, "0.92")).status_code == 200
    assert Grade.objects.count() == 1
    assert Cell.objects.get().wanted_version == 1
    assert ProviderEvent.objects.count() == 2


def test_a_score_with_many_digits_twice_has_one_effect(attempt):
    for _ in range(2):
        send(message(attempt.key, "0.33333333333333333333"))
    assert grades(attempt) == [(Decimal("0.3333333333"), "0.33333333333333333333")]


def test_the_raw_message_is_committed_before_it_is_understood(attempt, monkeypatch):
    seen = []

    def understand(event):
        seen.append((connection.in_atomic_block, ProviderEvent.objects.get().raw_body))
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(flow, "understand", understand)
    response = send(message(attempt.key, "0.92"))
    assert (response.status_code, said(response)["codeMajor"]) == (500, "failure")
    assert seen[0][1].encode() == message(attempt.key, "0.92")
    assert last_event().state == "received"
    assert last_event().reference


def test_a_message_we_failed_to_record_is_understood_by_the_sweep(attempt, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(flow, "record", lambda *args: 1 / 0)
        assert send(message(attempt.key, "0.92")).status_code == 500
    flow.understand(last_event())
    assert grades(attempt) == [(Decimal("0.92"), "0.92")]


def test_a_message_we_could_not_keep_is_asked_for_again(attempt, monkeypatch):
    def receive(*args, **kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(flow, "receive", receive)
    response = send(message(attempt.key, "0.92"))
    assert (response.status_code, said(response)["codeMinorFieldValue"]) == (500, "targetisbusy")


def test_a_message_whose_body_never_comes_is_asked_for_again(attempt, caplog):
    body = message(attempt.key, "0.92")
    sent = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": CutOff()}
    response = Client().post(
        OUTCOMES, content_type="application/xml", headers={"Authorization": authorization(body)}, **sent
    )
    assert (response.status_code, said(response)["codeMinorFieldValue"]) == (408, "linkfailure")
    assert ProviderEvent.objects.count() == 0
    assert "Traceback" not in caplog.text


def test_no_body_and_no_secret_reach_the_log(attempt, caplog, monkeypatch):
    """SEC-X2"""
    send(message(attempt.key, "0.77777"), secret="a-wrong-secret")
    monkeypatch.setattr(flow, "record", lambda *args: 1 / 0)
    send(message(attempt.key, "0.77777"))
    for canary in ("0.77777", attempt.key, "a-wrong-secret", "provider-secret", "oauth_signature"):
        assert canary not in caplog.text


def _at_once(jobs):
    def run(job):
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture(autouse=True)
    def real_database(self):
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            pytest.skip("threads share no lock on a database in memory")

    def test_the_same_score_twenty_times_at_once_has_one_effect(self, attempt):
        """F20"""
        body = message(attempt.key, "0.92")
        statuses = {each.status_code for each in _at_once([lambda: send(body)] * 20)}
        assert statuses == {200}
        assert Grade.objects.count() == 1
        assert Cell.objects.get().wanted_version == 1

    def test_one_signed_message_twenty_times_at_once_is_received_once(self, attempt):
        """S2"""
        body = message(attempt.key, "0.92")
        header = authorization(body)
        statuses = [each.status_code for each in _at_once([lambda: send(body, header=header)] * 20)]
        assert sorted(statuses) == [200] + [401] * 19
        assert ProviderEvent.objects.count() == 1

    def test_of_two_scores_at_once_the_last_received_stands_and_both_are_kept(self, attempt):
        """BO-S-17"""
        _at_once([lambda text=text: send(message(attempt.key, text)) for text in ("0.1", "0.9")])
        # Which was kept last decides; their clocks may say otherwise by a hair.
        last = ProviderEvent.objects.latest("pk")
        assert Cell.objects.get().wanted_grade.event == last
        assert ProviderEvent.objects.filter(state="read").count() == 2


def test_the_log_names_the_account_whose_key_a_refused_message_bears(attempt):
    with capture_logs() as logs:
        send(message(attempt.key, "0.5"), secret="wrong")
        send(message(attempt.key, "0.5"), key="nobody-has-this")
    told = [each["account"] for each in logs if each["event"] == "outcome_not_believed"]
    assert told == [attempt.activity.account.name, ""]
