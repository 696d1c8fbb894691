"""OAuth 1.0a, two-legged: sign and check LTI 1.1 launches (form posts) and service calls (body hash).

Base strings come from oauthlib and nowhere else. This module knows no keys' owners and keeps no
nonces: the caller looks up secrets by ``OAuthParameters.key`` and stores the nonce once everything
here has passed. Every refusal is a ``SignatureProblem`` with a code; outside, an unknown key and a
wrong signature must look the same.
"""

import base64
import hashlib
import hmac
import re
import secrets as randomness
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.oauth1.rfc5849.signature import base_string_uri, normalize_parameters, signature_base_string
from oauthlib.oauth1.rfc5849.utils import escape

METHODS = ("HMAC-SHA1", "HMAC-SHA256")
#: Seconds that a timestamp may be off, either way.
DEFAULT_WINDOW = 300

_DIGESTS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
_MAX_FIELDS = 1000
#: Any visible ASCII: hyphens, colons and slashes are all seen in real keys and nonces.
_TOKEN = re.compile(r"[\x21-\x7e]{1,255}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_HEADER_PARAMETER = re.compile(r'\s*([^\s=",]+)="([^"]*)"\s*(?:,|$)')
#: Names that decide who may do what: they count once, in the body, and nowhere else.
_PROTOCOL_NAME = re.compile(
    r"(?:oauth_|lti_|user_|lis_|context_|resource_link_|launch_presentation_|tool_consumer_|custom_|ext_"
    r"|content_item|accept_|data$|roles?(?:$|_))"
)

Pairs = list[tuple[str, str]]


class SignatureProblem(Exception):
    """Why a message is not believed. ``skew`` is their clock minus ours in seconds, where measured.

    Codes: missing_parameter, duplicate_parameter, not_form, bad_header, bad_key, bad_nonce, bad_method,
    bad_version, bad_timestamp, timestamp_expired, timestamp_future, bad_signature, missing_body_hash,
    bad_body_hash.
    """

    def __init__(self, code: str, message: str, *, skew: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.skew = skew


@dataclass(frozen=True, slots=True)
class OAuthParameters:
    """The protocol parameters as received: well formed, not yet believed."""

    key: str
    method: str
    timestamp: int
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form post as received: well formed, not yet believed."""

    #: Body fields, each name once.
    fields: dict[str, str]
    #: Body and query, for the base string.
    pairs: Pairs
    oauth: OAuthParameters


# --- signing --------------------------------------------------------------------------------


def sign_form(
    url: str,
    fields: Mapping[str, str],
    *,
    key: str,
    secret: str,
    method: str = "HMAC-SHA1",
    timestamp: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """Return every field of a form that a browser is to post to ``url``.

    The URL's query is part of the signature but not of the fields: it stays in the form's action.
    """
    # A browser submits line ends as CRLF, so that is what must be signed.
    form = {name: _LINE_END.sub("\r\n", value) for name, value in fields.items()}
    form |= _protocol_parameters(key, method, timestamp, nonce)
    form["oauth_callback"] = "about:blank"
    form["oauth_signature"] = _sign(url, [*form.items(), *_read_pairs(urlsplit(url).query)], secret, method)
    return form


def sign_body(
    url: str,
    body: bytes,
    *,
    key: str,
    secret: str,
    method: str = "HMAC-SHA1",
    timestamp: int | None = None,
    nonce: str | None = None,
) -> str:
    """Return the Authorization header for a POST of ``body``, which is not a form, to ``url``."""
    oauth = _protocol_parameters(key, method, timestamp, nonce)
    oauth["oauth_body_hash"] = body_hash(body, method)
    oauth["oauth_signature"] = _sign(url, [*oauth.items(), *_read_pairs(urlsplit(url).query)], secret, method)
    return "OAuth " + ", ".join(f'{escape(name)}="{escape(value)}"' for name, value in oauth.items())


def body_hash(body: bytes, method: str = "HMAC-SHA1") -> str:
    """Return ``oauth_body_hash``: the method's own hash of the raw bytes, in base64."""
    return base64.b64encode(hashlib.new(_DIGESTS[method], body).digest()).decode("ascii")


def _protocol_parameters(key: str, method: str, timestamp: int | None, nonce: str | None) -> dict[str, str]:
    if method not in METHODS:
        raise ValueError(f"{method} is not a signature method we use")
    return {
        "oauth_consumer_key": key,
        "oauth_nonce": randomness.token_hex(16) if nonce is None else nonce,
        "oauth_timestamp": str(int(time.time()) if timestamp is None else timestamp),
        "oauth_version": "1.0",
        "oauth_signature_method": method,
    }


def _sign(url: str, pairs: Iterable[tuple[str, str]], secret: str, method: str) -> str:
    return _signature(_base_string(url, pairs), secret, method)


def _base_string(url: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    # Pairs, because names may repeat; oauthlib's type stubs know only a dictionary.
    signed: Any = [pair for pair in pairs if pair[0] != "oauth_signature"]
    text: str = signature_base_string("POST", base_string_uri(url), normalize_parameters(signed))
    return text.encode("ascii")


def _signature(base_string: bytes, secret: str, method: str) -> str:
    key = escape(secret) + "&"  # what follows the ampersand is the token's secret: two-legged has none
    return base64.b64encode(hmac.digest(key.encode("ascii"), base_string, _DIGESTS[method])).decode("ascii")


# --- reading --------------------------------------------------------------------------------


def read_form(body: bytes, query: str) -> SignedForm:
    """Decode a form post. Nothing in it is believed before ``check_form``.

    Raises SignatureProblem for text that is not a UTF-8 form, a name given twice, and missing or
    malformed protocol parameters.
    """
    try:
        body_pairs = _read_pairs(body.decode("utf-8"))
        query_pairs = _read_pairs(query)
    except ValueError as error:
        raise SignatureProblem("not_form", "The request is not a form in UTF-8.") from error
    fields = _without_duplicates(body_pairs)
    _refuse_shared_names(fields, query_pairs)
    return SignedForm(fields, body_pairs + query_pairs, _read_oauth(fields))


def read_header(authorization: str) -> tuple[OAuthParameters, Pairs]:
    """Decode an ``OAuth …`` Authorization header into its parameters and all its pairs but ``realm``."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() != "oauth" or not rest:
        raise SignatureProblem("bad_header", "The Authorization header is not an OAuth header.")
    pairs: Pairs = []
    position = 0
    while position < len(rest):
        match = _HEADER_PARAMETER.match(rest, position)
        if not match:
            raise SignatureProblem("bad_header", "The Authorization header cannot be read.")
        position = match.end()
        if match[1].lower() != "realm":
            pairs.append((_percent_decoded(match[1]), _percent_decoded(match[2])))
    return _read_oauth(_without_duplicates(pairs)), pairs


def _read_pairs(text: str) -> Pairs:
    """Decode form text in order. Raises ValueError for other encodings than UTF-8, NUL, and too many fields."""
    # No honest peer sends NUL, and a database refuses it as text.
    if "\x00" in text or "%00" in text:
        raise ValueError("NUL in a form")
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)


def _percent_decoded(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise SignatureProblem("bad_header", "The Authorization header is not UTF-8.") from error
    if "\x00" in decoded:
        raise SignatureProblem("bad_header", "The Authorization header cannot be read.")
    return decoded


def _without_duplicates(pairs: Pairs) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise SignatureProblem("duplicate_parameter", "A parameter is given twice.")
        fields[name] = value
    return fields


def _refuse_shared_names(fields: Mapping[str, str], query_pairs: Pairs) -> None:
    for name, _value in query_pairs:
        if name in fields and _PROTOCOL_NAME.match(name):
            raise SignatureProblem("duplicate_parameter", "A parameter is given both in the body and in the URL.")


def _read_oauth(parameters: Mapping[str, str]) -> OAuthParameters:
    def required(name: str) -> str:
        if not parameters.get(name):
            raise SignatureProblem("missing_parameter", f"{name} is missing.")
        return parameters[name]

    key, nonce, timestamp = required("oauth_consumer_key"), required("oauth_nonce"), required("oauth_timestamp")
    method, signature = required("oauth_signature_method"), required("oauth_signature")
    if parameters.get("oauth_version", "1.0") != "1.0":
        raise SignatureProblem("bad_version", "oauth_version is not 1.0.")
    if not _TOKEN.fullmatch(key):
        raise SignatureProblem("bad_key", "oauth_consumer_key must be 1 to 255 visible ASCII characters.")
    if not _TOKEN.fullmatch(nonce):
        raise SignatureProblem("bad_nonce", "oauth_nonce must be 1 to 255 visible ASCII characters.")
    if not _SECONDS.fullmatch(timestamp):
        raise SignatureProblem("bad_timestamp", "oauth_timestamp must be a whole number of seconds since 1970.")
    return OAuthParameters(key, method, int(timestamp), nonce, signature)


# --- checking -------------------------------------------------------------------------------


def check_form(form: SignedForm, url: str, secrets: Sequence[str], *, methods: Sequence[str] = ("HMAC-SHA1",)) -> None:
    """Return if one of ``secrets`` signed this form for ``url``, the full public URL; else raise.

    An unknown key is ``secrets=()``: it takes the same work and gives the same ``bad_signature``.
    """
    _check_signature(form.oauth, url, form.pairs, secrets, methods)


def check_body(
    authorization: str, url: str, body: bytes, secrets: Sequence[str], *, methods: Sequence[str] = ("HMAC-SHA1",)
) -> OAuthParameters:
    """Return the parameters if one of ``secrets`` signed this header and body for ``url``; else raise."""
    oauth, pairs = read_header(authorization)
    try:
        query_pairs = _read_pairs(urlsplit(url).query)
    except ValueError as error:
        raise SignatureProblem("not_form", "The URL's query is not UTF-8.") from error
    parameters = dict(pairs)
    _refuse_shared_names(parameters, query_pairs)
    if not parameters.get("oauth_body_hash"):
        raise SignatureProblem("missing_body_hash", "oauth_body_hash is missing.")
    _check_signature(oauth, url, pairs + query_pairs, secrets, methods)
    if not _same(body_hash(body, oauth.method), parameters["oauth_body_hash"]):
        raise SignatureProblem("bad_body_hash", "The body is not the one that was signed.")
    return oauth


def check_timestamp(timestamp: int, now: float, window: int = DEFAULT_WINDOW) -> int:
    """Return their clock minus ours in seconds; raise when it is more than ``window`` either way."""
    skew = timestamp - int(now)
    if skew < -window:
        raise SignatureProblem(
            "timestamp_expired",
            f"The request was signed {-skew} seconds ago by our clock; {window} are accepted.",
            skew=skew,
        )
    if skew > window:
        raise SignatureProblem(
            "timestamp_future",
            f"The request was signed {skew} seconds in the future by our clock; {window} are accepted.",
            skew=skew,
        )
    return skew


def _check_signature(
    oauth: OAuthParameters, url: str, pairs: Pairs, secrets: Sequence[str], methods: Sequence[str]
) -> None:
    if oauth.method not in methods or oauth.method not in METHODS:
        raise SignatureProblem("bad_method", "This signature method is not accepted for this key.")
    # Every secret is tried, and a dummy where there is none, so that time tells nothing.
    matches = [
        _same(_signature(base_string, secret, oauth.method), oauth.signature)
        for base_string in _base_strings(url, pairs)
        for secret in secrets or ("",)
    ]
    if not (secrets and any(matches)):
        raise SignatureProblem("bad_signature", "The signature does not match.")


def _base_strings(url: str, pairs: Pairs) -> list[bytes]:
    """The base string, and a second one where the body repeats a pair of the URL's query.

    Some platforms copy the query into the body and sign it once; the standard counts it twice.
    """
    unique = list(dict.fromkeys(pairs))
    return [_base_string(url, variant) for variant in ([pairs] if len(unique) == len(pairs) else [pairs, unique])]


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())
