"""What we send to gradebooks, read by the independent package ``lti`` and by oauthlib's own server."""

from decimal import Decimal

import pytest
from lti.outcome_request import DELETE_REQUEST, READ_REQUEST, REPLACE_REQUEST, OutcomeRequest
from lti.outcome_response import OutcomeResponse
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from lti_bridge import oauth1, pox

URL = "https://lms.example.edu/outcomes?site=campus%20one"
SOURCEDID = '{"data":{"user":"Zoë & <Co>"},"hash":"a\'b"}'


class Lms(RequestValidator):
    """An LMS that knows one key and remembers nonces."""

    enforce_ssl = True
    client_key_length = nonce_length = (1, 255)
    safe_characters = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    dummy_client = "dummy"

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def validate_client_key(self, client_key, request):
        return client_key == "campus-key"

    def get_client_secret(self, client_key, request):
        return "sample-secret"

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, **_):
        new = nonce not in self.seen
        self.seen.add(nonce)
        return new


@pytest.mark.parametrize(
    ("operation", "known_as", "score"),
    [
        ("replaceResult", REPLACE_REQUEST, Decimal("0.83")),
        ("readResult", READ_REQUEST, None),
        ("deleteResult", DELETE_REQUEST, None),
    ],
)
def test_the_package_reads_what_we_send(operation, known_as, score):
    request = OutcomeRequest()
    request.process_xml(pox.build_request(operation, SOURCEDID, score=score))
    assert (request.operation, request.lis_result_sourcedid) == (known_as, SOURCEDID)
    assert request.message_identifier
    if score is not None:
        assert Decimal(str(request.score)) == score


@pytest.mark.parametrize("operation", ["replaceResult", "readResult", "deleteResult"])
@pytest.mark.parametrize("major", ["success", "failure", "unsupported"])
def test_the_package_reads_what_we_answer(operation, major):
    score = "0.5" if operation == "readResult" else None
    body = pox.build_response(
        code_major=major, operation=operation, message_ref="m-1", description="words", score=score
    )
    answer = OutcomeResponse()
    answer.process_xml(body)
    assert (answer.code_major, answer.message_ref_identifier, answer.description) == (major, "m-1", "words")
    if operation == "readResult" and major == "success":
        assert answer.score == "0.5"


def test_an_lms_built_on_oauthlib_accepts_our_signature_once():
    """BO-C-12: the query of its address is signed."""
    lms = SignatureOnlyEndpoint(Lms())
    body = pox.build_request("replaceResult", SOURCEDID, score=Decimal("0.83"))
    header = oauth1.sign_body(URL, body, key="campus-key", secret="sample-secret")
    headers = {"Authorization": header, "Content-Type": "application/xml"}
    assert lms.validate_request(URL, "POST", body, headers)[0]
    assert not lms.validate_request(URL, "POST", body, headers)[0], "a nonce is good once"
    assert not lms.validate_request(URL + "&x=1", "POST", body, headers)[0]


def test_an_lms_refuses_a_message_signed_with_another_secret():
    lms = SignatureOnlyEndpoint(Lms())
    body = pox.build_request("replaceResult", SOURCEDID, score=Decimal("1"))
    header = oauth1.sign_body(URL, body, key="campus-key", secret="guessed")
    assert not lms.validate_request(URL, "POST", body, {"Authorization": header, "Content-Type": "application/xml"})[0]
