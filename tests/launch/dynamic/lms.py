"""A pretend LMS that registers tools: its configuration and its registration endpoint, over real sockets."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.http_server import Answer, Asked, Served, serve

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
TOKEN = "registration-token-canary"
CANVAS = "https://canvas.instructure.com/lti/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
#: By family: the code that the LMS gives, and what it says that it sends.
FAMILIES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "moodle": (
        "moodle",
        [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]}],
    ),
    "canvas": (
        "canvas",
        [
            {"type": "LtiResourceLinkRequest", "placements": ["course_navigation"]},
            {
                "type": "LtiDeepLinkingRequest",
                "placements": [f"{CANVAS}assignment_selection", "link_selection", "editor_button"],
            },
        ],
    ),
    "blackboard": ("BlackboardLearn", [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}]),
    "brightspace": ("desire2learn", [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}]),
    "sakai": (
        "sakailms.org",
        [
            {"type": "LtiResourceLinkRequest"},
            {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea", "RichTextEditor"]},
            {"type": "LtiSubmissionReviewRequest"},
            {"type": "LtiDataPrivacyLaunchRequest"},
        ],
    ),
}


@dataclass
class Lms:
    """What the LMS says; a test changes it. ``needs_token``: also for the configuration, as Canvas does."""

    served: Served
    family: str = "moodle"
    needs_token: bool = False
    configuration: dict[str, Any] = field(default_factory=dict)
    #: In place of the configuration, of the answer to the request.
    raw_configuration: Answer | None = None
    raw_answer: Answer | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def configuration_url(self) -> str:
        return f"{self.served.url}/openid-configuration?site=1"

    @property
    def request(self) -> dict[str, Any]:
        """The one registration request that came."""
        (asked,) = [each for each in self.served.asked if each.method == "POST"]
        assert asked.headers["content-type"] == "application/json"
        return dict(json.loads(asked.body))

    def respond(self, asked: Asked) -> Answer:
        authorised = asked.headers.get("authorization") == f"Bearer {TOKEN}"
        if asked.method == "GET":
            if self.needs_token and not authorised:
                return 401, {}, b'{"error":"unauthorized"}'
            return self.raw_configuration or (200, {}, json.dumps(self.configuration).encode())
        if self.raw_answer:
            return self.raw_answer
        told = json.loads(asked.body) | {"client_id": f"client-{secrets.token_hex(4)}"}
        told[TOOL] = told[TOOL] | {"deployment_id": "7"}
        return 201, {}, json.dumps(told | self.answer).encode()


@contextmanager
def lms_server(family: str = "moodle") -> Iterator[Lms]:
    """An LMS of that family."""
    holder: list[Lms] = []
    with serve(lambda asked: holder[0].respond(asked)) as served:
        lms = Lms(served, family, needs_token=family == "canvas")
        holder.append(lms)
        code, messages = FAMILIES[family]
        lms.configuration = configuration_of(served.url, code, messages)
        if family == "canvas":
            lms.configuration["authorization_server"] = "canvas.instructure.com"
        yield lms


def configuration_of(url: str, code: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """A configuration as LMSs write it."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/keys",
        "registration_endpoint": f"{url}/register",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        "scopes_supported": ["openid", f"{AGS}lineitem", f"{AGS}result.readonly", f"{AGS}score", NRPS],
        PLATFORM: {"product_family_code": code, "version": "5", "messages_supported": messages},
    }
