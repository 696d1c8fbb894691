"""Signing and checking, against the reference vectors, independent peers and altered messages."""

import base64
import hashlib
from contextlib import suppress
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lti import ToolConsumer
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_BODY, Client
from oauthlib.oauth1.rfc5849 import signature as peer

from lti_bridge import oauth1
from lti_bridge.oauth1 import SignatureProblem

LAUNCH_URL = "https://Tool.Example.com:443/lti/launch?course=a%20b&x=1"
LAUNCH_SECRET = "secret & more"
LAUNCH_FIELDS = {
    "lti_message_type": "basic-lti-launch-request",
    "lti_version": "LTI-1p0",
    "resource_link_id": "rl-1",
    "user_id": "u~1",
    "roles": "Instructor,urn:lti:instrole:ims/lis/Administrator",
    "context_title": "Zoë & Co + 100%",
    "custom_empty": "",
}
LAUNCH_BASE_STRING = (
    "POST&https%3A%2F%2Ftool.example.com%2Flti%2Flaunch&context_title%3DZo%25C3%25AB%2520%2526%2520Co%2520%252B%2520"
    "100%2525%26course%3Da%2520b%26custom_empty%3D%26lti_message_type%3Dbasic-lti-launch-request%26lti_version%3D"
    "LTI-1p0%26oauth_callback%3Dabout%253Ablank%26oauth_consumer_key%3Dkey-1%26oauth_nonce%3Dnonce123%26"
    "oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1700000000%26oauth_version%3D1.0%26"
    "resource_link_id%3Drl-1%26roles%3DInstructor%252Curn%253Alti%253Ainstrole%253Aims%252Flis%252FAdministrator%26"
    "user_id%3Du~1%26x%3D1"
)
LAUNCH_SIGNATURES = {
    "HMAC-SHA1": "Wi/aCHACoUc0PQhZwcieX4IHAv0=",
    "HMAC-SHA256": "ht6sQIL/JxFCxsp0yo9lwNIf8ULUa1C6vjj8a7IeG6g=",
}
OUTCOME_URL = "https://lms.example.com/outcomes"
OUTCOME_BODY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<imsx_POXEnvelopeRequest xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"><imsx_POXHeader>'
    b"<imsx_POXRequestHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>m-1</imsx_messageIdentifier>"
    b"</imsx_POXRequestHeaderInfo></imsx_POXHeader><imsx_POXBody><replaceResultRequest><resultRecord><sourcedGUID>"
    b"<sourcedId>sid-1</sourcedId></sourcedGUID><result><resultScore><language>en</language>"
    b"<textString>0.92</textString></resultScore></result></resultRecord></replaceResultRequest></imsx_POXBody>"
    b"</imsx_POXEnvelopeRequest>"
)


def launch(method="HMAC-SHA1", url=LAUNCH_URL, fields=LAUNCH_FIELDS):
    return oauth1.sign_form(
        url, fields, key="key-1", secret=LAUNCH_SECRET, method=method, timestamp=1700000000, nonce="nonce123"
    )


def received(fields, url=LAUNCH_URL):
    """What our view reads when a browser has posted ``fields``, a mapping or pairs."""
    return oauth1.read_form(urlencode(fields).encode(), urlsplit(url).query)


def check(fields, *, url=LAUNCH_URL, secrets=(LAUNCH_SECRET,), methods=oauth1.METHODS):
    oauth1.check_form(received(fields, url), url, secrets, methods=methods)


def outcome(method="HMAC-SHA1", url=OUTCOME_URL, body=OUTCOME_BODY):
    return oauth1.sign_body(url, body, key="key-1", secret="secret", method=method, timestamp=1700000000, nonce="n2")


def check_outcome(header, *, url=OUTCOME_URL, body=OUTCOME_BODY, secrets=("secret",), methods=oauth1.METHODS):
    return oauth1.check_body(header, url, body, secrets, methods=methods)


def refusal(call, *args, **kwargs):
    with pytest.raises(SignatureProblem) as caught:
        call(*args, **kwargs)
    return caught.value.code


# --- reference vectors ----------------------------------------------------------------------


@pytest.mark.parametrize("method", oauth1.METHODS)
def test_launch_vector_is_signed_and_accepted(method):
    fields = launch(method)
    assert fields["oauth_signature"] == LAUNCH_SIGNATURES[method]
    check(fields)


def test_launch_vector_has_the_reference_base_string():
    assert oauth1._base_string(LAUNCH_URL, received(launch()).pairs).decode() == LAUNCH_BASE_STRING


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"Hello World!", "Lve95gjOVATpfV8EL5X4nxwjKHE="), (b"", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")],
)
def test_body_hash_vectors(body, expected):
    assert oauth1.body_hash(body) == expected


def test_outcome_vector_is_signed_and_accepted():
    assert len(OUTCOME_BODY) == 583
    assert oauth1.body_hash(OUTCOME_BODY) == "SJKiZEFns9q6bDoIeGmY3sKmvhg="
    assert oauth1.body_hash(OUTCOME_BODY, "HMAC-SHA256") == "+3LTSbjctEq+js6qG+Re0XhPDgcmtVLP3rjogRqn5Mk="
    header = outcome()
    assert 'oauth_signature="buBahe6Bx2ARSwh%2BY5plqun1wQ4%3D"' in header
    expected = oauth1.OAuthParameters("key-1", "HMAC-SHA1", 1700000000, "n2", "buBahe6Bx2ARSwh+Y5plqun1wQ4=")
    assert check_outcome(header) == expected


# --- signing --------------------------------------------------------------------------------


def test_query_of_the_url_is_signed_but_stays_out_of_the_fields():
    fields = launch()
    assert "course" not in fields
    assert refusal(check, fields, url=LAUNCH_URL.replace("x=1", "x=2")) == "bad_signature"
    assert refusal(check, fields, url=LAUNCH_URL.partition("?")[0]) == "bad_signature"


def test_line_ends_are_signed_as_a_browser_submits_them():
    fields = launch(fields={**LAUNCH_FIELDS, "custom_text": "a\nb\rc\r\nd\n\re"})
    assert fields["custom_text"] == "a\r\nb\r\nc\r\nd\r\n\r\ne"
    check(fields)


def test_a_signed_form_says_about_blank_and_version_one():
    fields = launch()
    assert (fields["oauth_callback"], fields["oauth_version"]) == ("about:blank", "1.0")


def test_two_signatures_of_the_same_form_differ_in_nonce():
    first, second = (oauth1.sign_form(LAUNCH_URL, {}, key="k", secret="s") for _ in range(2))
    assert first["oauth_nonce"] != second["oauth_nonce"]


@pytest.mark.parametrize("method", ["PLAINTEXT", "RSA-SHA1", "", "hmac-sha1"])
def test_we_never_sign_with_another_method(method):
    with pytest.raises(ValueError, match="not a signature method"):
        launch(method)


# --- signatures that must not hold ----------------------------------------------------------------


@pytest.mark.parametrize("method", ["PLAINTEXT", "RSA-SHA1", "HMAC-SHA512", "hmac-sha1", "HMAC-SHA256"])
def test_t11_22_a_method_that_the_key_does_not_allow_is_refused(method):
    fields = {**launch("HMAC-SHA256"), "oauth_signature_method": method}
    assert refusal(check, fields, methods=("HMAC-SHA1",)) == "bad_method"


def test_t11_22_plaintext_is_refused_even_if_configured():
    fields = {**launch(), "oauth_signature_method": "PLAINTEXT", "oauth_signature": "secret%26"}
    assert refusal(check, fields, methods=("PLAINTEXT",)) == "bad_method"


@pytest.mark.parametrize(
    "name",
    ["oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method", "oauth_signature"],
)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_t11_22_a_missing_protocol_parameter_is_refused(name, how):
    fields = launch()
    if how == "absent":
        del fields[name]
    else:
        fields[name] = ""
    assert refusal(received, fields) == "missing_parameter"


@pytest.mark.parametrize("skew", [-300, -299, 0, 299, 300])
def test_t11_23_a_timestamp_on_the_boundary_is_inside(skew):
    assert oauth1.check_timestamp(1_000_000 + skew, 1_000_000.9, 300) == skew


@pytest.mark.parametrize(("skew", "code"), [(-301, "timestamp_expired"), (301, "timestamp_future")])
def test_t11_23_a_timestamp_beyond_the_boundary_is_refused_with_its_skew(skew, code):
    with pytest.raises(SignatureProblem, match="301 seconds") as caught:
        oauth1.check_timestamp(1_000_000 + skew, 1_000_000.0, 300)
    assert (caught.value.code, caught.value.skew) == (code, skew)


@pytest.mark.parametrize("text", ["soon", "-1700000000", "1700000000.5", "+1", " 1", "1e9", "１７", "9" * 13])
def test_t11_23_a_timestamp_that_is_no_whole_number_is_refused(text):
    assert refusal(received, {**launch(), "oauth_timestamp": text}) == "bad_timestamp"


@pytest.mark.parametrize("name", ["oauth_signature", "oauth_nonce", "user_id", "custom_empty", "anything"])
def test_t11_27_a_field_given_twice_in_the_body_is_refused(name):
    pairs = [*launch().items(), (name, "again"), ("anything", "1")]
    assert refusal(received, pairs) == "duplicate_parameter"


@pytest.mark.parametrize(
    "name",
    ["oauth_nonce", "lti_version", "user_id", "roles", "resource_link_id", "context_title", "custom_empty"],
)
def test_sec_o3_a_protocol_parameter_in_body_and_url_is_refused_even_if_equal(name):
    url = LAUNCH_URL + "&" + urlencode({name: launch()[name]})
    assert refusal(received, launch(url=url), url) == "duplicate_parameter"


def test_sec_o3_the_signature_cannot_come_from_the_url():
    fields = launch()
    url = LAUNCH_URL + "&" + urlencode({"oauth_signature": fields.pop("oauth_signature")})
    assert refusal(received, fields, url) == "missing_parameter"


def test_a_query_that_the_platform_copied_into_the_body_is_accepted_signed_once_or_twice():
    copied = {**LAUNCH_FIELDS, "course": "a b", "x": "1"}
    check(launch(fields=copied))
    check(launch(url=LAUNCH_URL.partition("?")[0], fields=copied))


def test_a_copied_query_with_another_value_is_refused():
    fields = launch(url=LAUNCH_URL.partition("?")[0], fields={**LAUNCH_FIELDS, "course": "other", "x": "1"})
    assert refusal(check, fields) == "bad_signature"


def test_t11_28_a_launch_signed_for_another_host_or_scheme_is_refused():
    assert refusal(check, launch(), url=LAUNCH_URL.replace("Tool", "evil")) == "bad_signature"
    assert refusal(check, launch(), url=LAUNCH_URL.replace("https", "http")) == "bad_signature"


def test_sec_o1_an_unknown_key_gives_the_same_answer_as_a_wrong_secret():
    problems = []
    for secrets in [(), ("wrong",), ("wrong", "wronger")]:
        with pytest.raises(SignatureProblem) as caught:
            check(launch(), secrets=secrets)
        problems.append((caught.value.code, caught.value.message))
    assert problems == [("bad_signature", "The signature does not match.")] * 3


def test_sec_o1_an_empty_secret_is_no_way_in_for_an_unknown_key():
    fields = oauth1.sign_form(LAUNCH_URL, LAUNCH_FIELDS, key="nobody", secret="")
    assert refusal(check, fields, secrets=()) == "bad_signature"


def test_sec_o1_every_secret_is_tried_without_leaving_early(monkeypatch):
    tried = []
    sign = oauth1._signature
    monkeypatch.setattr(
        oauth1, "_signature", lambda base, secret, method: tried.append(secret) or sign(base, secret, method)
    )
    fields = received(launch())
    tried.clear()
    oauth1.check_form(fields, LAUNCH_URL, [LAUNCH_SECRET, "older", "oldest"])
    assert tried == [LAUNCH_SECRET, "older", "oldest"]


def test_any_of_several_secrets_is_accepted():
    check(launch(), secrets=("new", LAUNCH_SECRET))


# --- reading --------------------------------------------------------------------------------


def test_t11_36_a_latin_1_body_is_refused():
    assert refusal(oauth1.read_form, "name=Zoë".encode("latin-1"), "") == "not_form"
    assert refusal(oauth1.read_form, b"name=Zo%EB", "") == "not_form"


@pytest.mark.parametrize("body", [b"a=%00", b"a=\x00", b"a=1&" * 1001])
def test_a_body_that_no_browser_sends_is_refused(body):
    assert refusal(oauth1.read_form, body, "") == "not_form"


@pytest.mark.parametrize("key", ["key-1", "urn:lti:key/1+2=3", "!~", "k" * 255])
@pytest.mark.parametrize("nonce", ["n", "6f1c-4e2a", "a/b+c=", "n" * 255])
def test_any_visible_ascii_is_legal_in_keys_and_nonces(key, nonce):
    fields = oauth1.sign_form(LAUNCH_URL, LAUNCH_FIELDS, key=key, secret="s", nonce=nonce)
    check(fields, secrets=("s",))


@pytest.mark.parametrize("text", ["two words", "é", "tab\t", "x" * 256])
def test_other_characters_and_lengths_are_refused_in_keys_and_nonces(text):
    assert refusal(received, {**launch(), "oauth_consumer_key": text}) == "bad_key"
    assert refusal(received, {**launch(), "oauth_nonce": text}) == "bad_nonce"


def test_a_version_other_than_one_is_refused_and_none_is_accepted():
    assert refusal(received, {**launch(), "oauth_version": "2.0"}) == "bad_version"
    fields = launch()
    del fields["oauth_version"], fields["oauth_signature"]
    fields["oauth_signature"] = oauth1._sign(
        LAUNCH_URL, [*fields.items(), *parse_qsl("course=a b&x=1")], "s", "HMAC-SHA1"
    )
    check(fields, secrets=("s",))


# --- body hash ------------------------------------------------------------------------------


def test_bo_s_09_a_body_changed_after_signing_is_refused():
    assert refusal(check_outcome, outcome(), body=OUTCOME_BODY.replace(b"0.92", b"1.00")) == "bad_body_hash"


def test_bo_s_09_a_header_without_body_hash_is_refused():
    assert refusal(check_outcome, outcome().replace("oauth_body_hash", "oauth_other")) == "missing_body_hash"


@pytest.mark.parametrize(("method", "other"), [("HMAC-SHA1", "sha256"), ("HMAC-SHA256", "sha1")])
def test_bo_s_09_a_body_hash_of_the_other_algorithm_is_refused(method, other):
    oauth = oauth1._protocol_parameters("key-1", method, None, None)
    oauth["oauth_body_hash"] = base64.b64encode(hashlib.new(other, OUTCOME_BODY).digest()).decode()
    oauth["oauth_signature"] = oauth1._sign(OUTCOME_URL, oauth.items(), "secret", method)
    header = "OAuth " + ",".join(f'{name}="{oauth1.escape(value)}"' for name, value in oauth.items())
    assert refusal(check_outcome, header) == "bad_body_hash"


def test_bo_s_23_a_sha256_key_uses_a_sha256_body_hash():
    assert check_outcome(outcome("HMAC-SHA256")).method == "HMAC-SHA256"
    assert refusal(check_outcome, outcome("HMAC-SHA256"), methods=("HMAC-SHA1",)) == "bad_method"


def test_bo_s_18_the_signature_of_a_launch_is_no_outcome_signature():
    oauth = {name: value for name, value in launch().items() if name.startswith("oauth_")}
    header = "OAuth " + ",".join(f'{name}="{oauth1.escape(value)}"' for name, value in oauth.items())
    assert refusal(check_outcome, header, body=urlencode(launch()).encode()) == "missing_body_hash"


def test_bo_c_12_the_query_of_the_outcome_url_is_signed():
    url = OUTCOME_URL + "?course=a%20b"
    check_outcome(outcome(url=url), url=url)
    assert refusal(check_outcome, outcome(url=url)) == "bad_signature"


@pytest.mark.parametrize(
    "spelling",
    [
        lambda header: header.replace("OAuth ", "oauth "),
        lambda header: header.replace("OAuth ", 'OAuth realm="a realm, with = and spaces", '),
        lambda header: header.replace(", ", ","),
        lambda header: header.replace(", ", " ,  "),
        lambda header: header.replace(", ", ",\r\n "),
        lambda header: "  " + header + "  ",
    ],
)
def test_other_spellings_of_the_same_header_are_accepted(spelling):
    check_outcome(spelling(outcome()))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "bad_header"),
        ("OAuth", "bad_header"),
        ("OAuth ", "bad_header"),
        ("Bearer abc", "bad_header"),
        ("OAuth oauth_nonce=unquoted", "bad_header"),
        ('OAuth oauth_nonce="cut', "bad_header"),
        ('OAuth oauth_nonce="a" oauth_version="1.0"', "bad_header"),
        ('OAuth oauth_nonce="%E9"', "bad_header"),
        ('OAuth oauth_nonce="%00"', "bad_header"),
        ('OAuth oauth_nonce="a", oauth_nonce="a"', "duplicate_parameter"),
        ('OAuth oauth_nonce="a"', "missing_parameter"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(header, code):
    assert refusal(oauth1.read_header, header) == code


def test_a_protocol_parameter_in_header_and_url_is_refused():
    url = OUTCOME_URL + "?oauth_nonce=n2"
    assert refusal(check_outcome, outcome(url=url), url=url) == "duplicate_parameter"


def test_a_url_query_that_is_not_utf_8_is_refused():
    assert refusal(check_outcome, outcome(), url=OUTCOME_URL + "?a=%E9") == "not_form"


# --- whatever is signed is accepted; whatever is altered is refused ---------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NAMES = st.from_regex(r"custom_[a-z_]{1,12}", fullmatch=True) | st.sampled_from(["user_id", "roles", "zoë ~+%", "a b"])


@given(st.dictionaries(NAMES, TEXT, max_size=8), st.dictionaries(st.sampled_from("pqx"), TEXT), TEXT)
def test_what_we_sign_we_accept(fields, query, secret):
    url = "https://bridge.example.edu/lti/1.1/launch?" + urlencode(query)
    for method in oauth1.METHODS:
        check(oauth1.sign_form(url, fields, key="k", secret=secret, method=method), url=url, secrets=(secret,))


@given(st.data())
def test_any_single_altered_field_is_refused(data):
    fields = launch()
    name = data.draw(st.sampled_from(sorted(fields)))
    altered = data.draw(TEXT.filter(lambda text: text != fields[name]))
    change = data.draw(st.sampled_from(["alter", "drop", "rename", "add"]))
    if change == "alter":
        fields[name] = altered
    elif change == "drop":
        del fields[name]
    elif change == "rename":
        fields["custom_new"] = fields.pop(name)
    else:
        fields["custom_new"] = altered
    with pytest.raises(SignatureProblem):
        check(fields)


@given(st.binary(max_size=300), st.text(max_size=50))
def test_no_body_and_no_header_ever_raises_anything_but_signature_problem(body, header):
    for read in (lambda: oauth1.read_form(body, header), lambda: oauth1.read_header("OAuth " + header)):
        with suppress(SignatureProblem):
            read()


# --- independent peers ----------------------------------------------------------------------


@pytest.mark.parametrize("method", oauth1.METHODS)
def test_interop_a_form_signed_by_oauthlibs_client_is_accepted(method):
    client = Client("key-1", LAUNCH_SECRET, signature_method=method, signature_type=SIGNATURE_TYPE_BODY)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _url, _headers, body = client.sign(LAUNCH_URL, "POST", LAUNCH_FIELDS, headers)
    form = oauth1.read_form(body.encode(), urlsplit(LAUNCH_URL).query)
    oauth1.check_form(form, LAUNCH_URL, [LAUNCH_SECRET], methods=oauth1.METHODS)
    assert form.fields["context_title"] == "Zoë & Co + 100%"


@pytest.mark.parametrize("method", oauth1.METHODS)
def test_interop_oauthlib_verifies_a_form_signed_by_us(method):
    fields = launch(method)
    params = [*fields.items(), *parse_qsl(urlsplit(LAUNCH_URL).query)]
    signature = dict(params)["oauth_signature"]
    params = [pair for pair in params if pair[0] != "oauth_signature"]
    request = SimpleNamespace(params=params, uri=LAUNCH_URL, http_method="POST", signature=signature)
    verify = peer.verify_hmac_sha1 if method == "HMAC-SHA1" else peer.verify_hmac_sha256
    assert verify(request, LAUNCH_SECRET)
    assert not verify(request, "wrong")


def test_interop_oauthlib_verifies_a_body_signed_by_us():
    params = peer.collect_parameters(headers={"Authorization": outcome()}, exclude_oauth_signature=False)
    signature = dict(params)["oauth_signature"]
    params = [pair for pair in params if pair[0] != "oauth_signature"]
    request = SimpleNamespace(params=params, uri=OUTCOME_URL, http_method="POST", signature=signature)
    assert peer.verify_hmac_sha1(request, "secret")


def test_interop_a_body_signed_by_oauthlibs_client_is_accepted():
    client = Client("key-1", "secret", signature_method=SIGNATURE_HMAC_SHA256)
    params = [
        *client.get_oauth_params(SimpleNamespace(body=None, headers={})),
        ("oauth_body_hash", oauth1.body_hash(OUTCOME_BODY, "HMAC-SHA256")),
    ]
    request = SimpleNamespace(
        oauth_params=params, uri=OUTCOME_URL, uri_query="", body="", headers={}, http_method="POST", realm=None
    )
    params.append(("oauth_signature", client.get_oauth_signature(_with_header(client, request))))
    header = "OAuth " + ", ".join(f'{name}="{oauth1.escape(value)}"' for name, value in params)
    assert check_outcome(header).method == "HMAC-SHA256"


def _with_header(client, request):
    uri, headers, body = client._render(request)
    return SimpleNamespace(**{**vars(request), "uri": uri, "headers": headers, "body": body})


def test_interop_a_launch_of_the_lti_package_is_accepted():
    peer_platform = ToolConsumer("key-1", LAUNCH_SECRET, launch_url=LAUNCH_URL, params=dict(LAUNCH_FIELDS))
    prepared = peer_platform.generate_launch_request()
    body = prepared.body if isinstance(prepared.body, bytes) else prepared.body.encode()
    oauth1.check_form(oauth1.read_form(body, urlsplit(LAUNCH_URL).query), LAUNCH_URL, [LAUNCH_SECRET])
