"""A provider's LTI 1.3 tool: it has a key of its own, asks for id_tokens and access tokens, and calls our services."""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from django.utils import timezone

from lti_bridge import signing_keys
from lti_bridge.models import Account, Attempt, ProviderLaunch, SigningKey
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import FormPost, Redirect
from lti_bridge.relay import launching
from lti_bridge.signing_keys import Side
from tests.relay.sitting import opening, sit
from tests.world import World, make_world
from tests.world13 import AGS, Peer, knows_keys_of, peer

HOST = "https://provider.example.net"
TOOL_URL = f"{HOST}/lti"
REDIRECT_URI = f"{HOST}/lti/launched?tenant=1"
JWKS_URI = f"{HOST}/keys"
CLIENT_ID = "bridge-tool-1"
ISSUER = "http://localhost:8000"
TOKEN_URL = f"{ISSUER}/relay/1.3/token"
AUTH = "/relay/1.3/auth"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_CLAIM = f"{AGS}claim/endpoint"
LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE = (
    f"{AGS}scope/{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
)
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"


def tool_settings(**changes: Any) -> dict[str, Any]:
    """Settings of an account that is reached by LTI 1.3; None leaves one out."""
    told = {
        "connection": "lti13",
        "lti_url": TOOL_URL,
        "redirect_uris": [REDIRECT_URI, f"{HOST}/lti/other"],
        "jwks_uri": JWKS_URI,
        "client_id": CLIENT_ID,
    } | changes
    return {name: value for name, value in told.items() if value is not None}


def make_world13(**settings: Any) -> World:
    """The usual world; its account is reached by LTI 1.3, and its tool's keys are known."""
    world = make_world()
    world.account.settings, world.account.secrets = tool_settings(**settings), {}
    world.account.save()
    knows_keys_of(JWKS_URI, peer("provider").key_set)
    publish_key()
    return world


def publish_key() -> None:
    """Our platform side has a key: the same for all tests, because making one takes long."""
    ours = peer("bridge-toward-providers")
    pem = ours.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    SigningKey.objects.create(
        side=Side.PLATFORM, kid=ours.kid, private={"pem": pem}, public_jwk=ours.jwk, signs_from=timezone.now()
    )
    signing_keys.forget_signers()


def other_tool(world: World) -> "Tool":
    """Another customer's tool at the same provider: an account, a client id and a key of its own."""
    settings = tool_settings(client_id="bridge-tool-2", jwks_uri=f"{HOST}/other-keys")
    account = Account.objects.create(name="isograd-other", provider="isograd", settings=settings)
    knows_keys_of(f"{HOST}/other-keys", peer("other-provider").key_set)
    return Tool(account, peer("other-provider"))


# --- a launch -------------------------------------------------------------------------------


@dataclass
class Begun:
    """A launch that was begun in a browser: what the tool is told, and the browser with its cookie."""

    action: FormPost | Redirect
    browser: Client
    hints: dict[str, str]

    @property
    def row(self) -> ProviderLaunch:
        return ProviderLaunch.objects.get(key=self.hints["lti_message_hint"])

    def request(self, **changes: str | None) -> dict[str, str]:
        """The authentication request as a tool makes it; None leaves a parameter out."""
        told = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": self.hints["client_id"],
            "redirect_uri": REDIRECT_URI,
            "login_hint": self.hints["login_hint"],
            "lti_message_hint": self.hints["lti_message_hint"],
            "state": "state-1",
            "nonce": "nonce-1",
        } | changes
        return {name: value for name, value in told.items() if value is not None}

    def ask(self, *, method: str = "get", browser: Client | None = None, **changes: str | None) -> Any:
        """Go on to our authentication endpoint."""
        return ask(browser or self.browser, self.request(**changes), method)


def ask(browser: Client, fields: Mapping[str, Any], method: str = "get") -> Any:
    query = urlencode(fields, doseq=True)
    if method == "get":
        return browser.get(f"{AUTH}?{query}")
    return browser.post(AUTH, data=query, content_type=FORM)


def begin(attempt: Attempt, /, **changes: Any) -> Begun:
    """What opening the attempt makes, and a browser that has its cookie."""
    opened = opening(attempt, **changes)
    action = launching.launch(opened, provider_of("isograd").open(opened), framed_by=("https://lms.example.edu",))
    return begun(action)


def begun(action: Any) -> Begun:
    hints = (
        action.fields
        if isinstance(action, FormPost)
        else dict(parse_qsl(urlsplit(action.url).query, keep_blank_values=True))
    )
    return Begun(action, browser_with(action.cookie), dict(hints))


def browser_with(*cookies: Any) -> Client:
    browser = Client()
    for cookie in cookies:
        browser.cookies[cookie.name] = cookie.value
    return browser


def posted_back(response: Any) -> tuple[str, dict[str, str]]:
    """Where a form of ours posts itself, and its fields."""
    page = response.content.decode()
    action = re.search(r'<form method="post" action="([^"]*)"', page)
    assert action, page
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return unescape(action[1]), {unescape(name): unescape(value) for name, value in fields}


def claims_of(token: str, nonce: str | None = "nonce-1", audience: str = CLIENT_ID) -> dict[str, Any]:
    """What an id_token of ours says, when our published key signed it."""
    keys = {jwk["kid"]: jwk for jwk in signing_keys.key_set(Side.PLATFORM)["keys"]}
    jwk = keys[jwt.get_unverified_header(token)["kid"]]
    said = jwt.decode(token, jwt.PyJWK(jwk).key, algorithms=["RS256"], audience=audience, issuer=ISSUER)
    assert nonce is None or said["nonce"] == nonce
    return said


def launched(attempt: Attempt, /, **changes: Any) -> dict[str, Any]:
    """The claims of a whole launch."""
    _url, fields = posted_back(begin(attempt, **changes).ask())
    return claims_of(fields["id_token"])


def sign(signer: Peer, claims: Mapping[str, Any], **headers: Any) -> str:
    """A compact token of any claims at all: PyJWT itself refuses to write some that others send."""
    told = {name: value for name, value in ({"kid": signer.kid} | headers).items() if value is not None}
    return jwt.PyJWS().encode(json.dumps(claims).encode(), signer.private, algorithm="RS256", headers=told)


# --- services -------------------------------------------------------------------------------


@dataclass
class Tool:
    """The tool of an account, as it calls us from its server."""

    account: Account
    signer: Peer

    @property
    def client_id(self) -> str:
        return str(self.account.settings["client_id"])

    def assertion(self, *, signer: Peer | None = None, headers: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A client assertion; ``None`` leaves a claim out."""
        return sign(signer or self.signer, self.assertion_claims(**changes), **(headers or {}))

    def assertion_claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": TOKEN_URL,
            "iat": now,
            "exp": now + 300,
            "jti": secrets.token_hex(16),
        } | changes
        return {name: value for name, value in told.items() if value is not None}

    def ask_token(self, *scopes: str, **fields: Any) -> Any:
        """Ask for an access token; ``fields`` change the form, None leaves one out."""
        made = fields.pop("client_assertion", None)
        told = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion() if made is None else made,
            "scope": " ".join(scopes),
        } | fields
        told = {name: value for name, value in told.items() if value is not None}
        return Client().post(urlsplit(TOKEN_URL).path, data=urlencode(told, doseq=True), content_type=FORM)

    def token(self, *scopes: str) -> str:
        response = self.ask_token(*(scopes or (LINE_ITEM, RESULT_READ, SCORE, MEMBERS)))
        assert response.status_code == 200, response.content
        return str(response.json()["access_token"])

    def call(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        scopes: tuple[str, ...] = (),
        token: str | None = None,
        content_type: str | None = None,
    ) -> Any:
        """Call a service; ``body``: bytes as they are, or what becomes JSON."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        known = SCORE_TYPE if parts.path.endswith("/scores") else LINE_ITEM_TYPE
        kind = known if content_type is None else content_type
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        bearer = self.token(*scopes) if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return Client().generic(method, path, raw, content_type=kind, headers=headers)


def score(attempt: Attempt, **changes: Any) -> dict[str, Any]:
    """A final score of 83 of 100; None leaves a member out, ``...`` makes it null."""
    told = {
        "userId": attempt.learner.opaque_id,
        "scoreGiven": 83,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": moment(),
    } | changes
    return {name: None if value is ... else value for name, value in told.items() if value is not None}


def moment(seconds: float = 0, *, now: float | None = None) -> str:
    """A time as tools write it, some seconds from now."""
    at = (time.time() if now is None else now) + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}Z"


@dataclass
class Course13:
    """Alice sits a test at the tool, and the tool knows where it can tell her score."""

    world: World
    tool: Tool
    attempt: Attempt
    claims: dict[str, Any]

    @property
    def line_items(self) -> str:
        return str(self.claims[AGS_CLAIM]["lineitems"])

    @property
    def line_item(self) -> str:
        return str(self.claims[AGS_CLAIM]["lineitem"])

    def post(self, *, at: str = "", **changes: Any) -> Any:
        return self.tool.call("POST", f"{at or self.line_item}/scores", score(self.attempt, **changes))


def make_course13(**settings: Any) -> Course13:
    world = make_world13(**settings)
    attempt = sit(world)
    return Course13(world, Tool(world.account, peer("provider")), attempt, launched(attempt))
