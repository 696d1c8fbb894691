"""Client assertions: how a provider's tool proves who it is when it asks for an access token (RFC 7523 §3, SF 1.0 §4).

A tool that is not known, one that is switched off and a signature that does not hold get one answer. What is said
beyond that is said only to who holds the tool's key.
"""

import time
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from lti_bridge import jose, peer_keys
from lti_bridge.jose import Claims, Token, TokenProblem
from lti_bridge.models import Account, UsedAssertion
from lti_bridge.peer_keys import KeyProblem
from lti_bridge.relay import endpoints
from lti_bridge.relay.tools import Registered, find_tool

log = structlog.get_logger(__name__)

ALGORITHMS = ("RS256",)
#: Seconds that an assertion may be good for.
LONGEST = 3600
_DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"


class AssertionRefused(Exception):
    """No proof. ``status``: 401 where nothing shows that it is the tool who asks; ``code``: for the log.

    ``account``: the one whose client id it bears, if anybody's; ``skew``: their clock minus ours, where measured.
    """

    def __init__(self, code: str, status: int = 400, description: str = "The client is not known.") -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.description = description
        self.account: Account | None = None
        self.skew: int | None = None


def tool_of(assertion: str) -> Registered:
    """The tool that made an assertion, which is used up by that. Raises :class:`AssertionRefused`."""
    try:
        token = jose.read(assertion, ALGORITHMS)
        registered = find_tool(_client_id(jose.unverified_claims(assertion)))
    except TokenProblem as problem:
        raise AssertionRefused(problem.code, 401) from None
    if registered is None:
        raise AssertionRefused("unknown_client", 401)
    try:
        _check(token, registered)
    except AssertionRefused as refused:
        refused.account = registered.account
        raise
    return registered


def _check(token: Token, registered: Registered) -> None:
    """Whether a token is a good assertion of that tool; it is used up by that."""
    try:
        claims = jose.claims_of(token, peer_keys.find(registered.tool.jwks_uri, token.kid))
    except (TokenProblem, KeyProblem) as problem:
        raise AssertionRefused(problem.code, 401) from None
    _check_times(claims)
    if _DEPLOYMENT in claims and claims[_DEPLOYMENT] != registered.tool.deployment_id:
        raise AssertionRefused("unknown_deployment", description="The deployment is not known.")
    _use(registered, claims.get("jti"))


def _client_id(claims: Claims) -> str:
    """Who a token claims to be from, if it is an assertion for us at all: it shows nothing of who is known here."""
    issuer, audience = claims.get("iss"), claims.get("aud")
    if not isinstance(issuer, str) or claims.get("sub") != issuer:
        raise AssertionRefused("wrong_issuer")
    # CVE-2025-27370, CVE-2025-27371: for us, and for nobody else.
    named = audience if isinstance(audience, list) else [audience]
    if len(named) != 1 or named[0] not in (endpoints.token_url(), endpoints.issuer()):
        raise AssertionRefused("wrong_audience")
    return issuer


def _check_times(claims: Claims) -> None:
    now = time.time()
    try:
        jose.check_times(claims, now, max_age=LONGEST)
    except TokenProblem as problem:
        refused = AssertionRefused(problem.code, description=problem.message)
        refused.skew = problem.skew
        raise refused from None
    if claims["exp"] > now + LONGEST + jose.LEEWAY:
        raise AssertionRefused("too_long", description=f"It may be good for {LONGEST} seconds at most.")


def _use(registered: Registered, jti: object) -> None:
    """Remember that an assertion was used: only after its signature held, so that nobody else fills our table."""
    if not isinstance(jti, str) or not 0 < len(jti) <= 240 or not jti.isprintable():
        raise AssertionRefused("no_jti", description="jti must be a text of at most 240 characters.")
    expires = timezone.now() + timedelta(seconds=LONGEST + 2 * jose.LEEWAY)
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(account=registered.account, jti=f"token:{jti}", expires_at=expires)
    except IntegrityError:
        raise AssertionRefused("jti_used", description="The assertion was used before.") from None
