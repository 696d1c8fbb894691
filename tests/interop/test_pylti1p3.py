"""pylti1p3 as another LTI 1.3 tool that gets the same launches: what we take for one, it takes for one too."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from pylti1p3.cookie import CookieService
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.request import Request
from pylti1p3.roles import StudentRole, TeacherRole
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfDict

from lti_bridge.launch.launch import LineItemAddress
from lti_bridge.models import Lti13Registration
from tests.launches13 import begin, selection_claims, verify
from tests.world import World
from tests.world import make_world as make_world11
from tests.world13 import (
    AUTH_URL,
    CLIENT_ID,
    DEPLOYMENT_ID,
    INES,
    ISSUER,
    JWKS_URI,
    MEMBERSHIP,
    TOKEN_URL,
    claims,
    make_registration,
    peer,
)

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2"


class _Request(Request):
    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.kept: dict[str, Any] = {}

    @property
    def session(self) -> dict[str, Any]:
        return self.kept

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self.parameters.get(key, "")


class _Cookies(CookieService):
    def __init__(self, cookies: dict[str, str]) -> None:
        self.cookies = cookies

    def get_cookie(self, name: str) -> str | None:
        return self.cookies.get(name)

    def set_cookie(self, name: str, value: str, exp: int = 3600) -> None:
        self.cookies[name] = value


class _Launch(MessageLaunch):
    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)


def taken_by_pylti1p3(token: str, nonce: str) -> MessageLaunch:
    """The launch as the package validates it, or its exception."""
    registered = {
        "default": True,
        "client_id": CLIENT_ID,
        "auth_login_url": AUTH_URL,
        "auth_token_url": TOKEN_URL,
        "key_set_url": JWKS_URI,
        "key_set": peer().key_set,
        "deployment_ids": [DEPLOYMENT_ID],
    }
    request = _Request({"state": "s", "id_token": token})
    session = SessionService(request)
    session.save_nonce(nonce)
    tool = ToolConfDict({ISSUER: [registered]})
    launch = _Launch(request, tool, session_service=session, cookie_service=_Cookies({"s": "s"}))
    return launch.validate()


@pytest.fixture
def world(db: None) -> World:
    made = make_world11()
    make_registration(made.platform)
    return made


@pytest.mark.parametrize(
    "told",
    [
        claims(),
        claims(INES, role="Instructor"),
        claims(given_name=None, family_name=None, name=None, email=None),
        claims(context=None),
        claims(roles=[]),
        selection_claims(),
        claims(
            INES,
            role="Instructor",
            message_type="LtiSubmissionReviewRequest",
            for_user={"user_id": "alice-1"},
        ),
    ],
    ids=["learner", "teacher", "nameless", "outside a course", "no role", "choice of content", "review"],
)
def test_both_take_the_same_launches(client: Client, world: World, told: dict[str, Any]) -> None:
    begun = begin(client)
    everything = told | {"nonce": begun.nonce, "iat": claims()["iat"], "exp": claims()["exp"]}
    ours, theirs = verify(begun, everything), taken_by_pylti1p3(peer().sign(everything), begun.nonce)
    assert theirs.is_deep_link_launch() == (ours.selection is not None)
    assert theirs.has_nrps() == (ours.roster is not None)
    if not theirs.is_deep_link_launch():
        assert theirs.has_ags() == isinstance(ours.address, LineItemAddress)
    assert theirs.get_launch_data()["sub"] == ours.person.user_id
    assert Lti13Registration.objects.get().issuer == theirs.get_iss()


@pytest.mark.parametrize(
    "roles",
    [
        [f"{MEMBERSHIP}Learner"],
        [f"{MEMBERSHIP}Instructor"],
        [f"{MEMBERSHIP}Instructor", f"{VOCABULARY}/institution/person#Student"],
        [f"{MEMBERSHIP}Learner", f"{VOCABULARY}/institution/person#Instructor"],
        ["Learner"],
        ["Instructor"],
        [f"{MEMBERSHIP}Mentor"],
        [],
    ],
)
def test_both_read_the_same_roles(client: Client, world: World, roles: list[str]) -> None:
    ours = verify(begin(client), claims(roles=roles))
    body = claims(roles=roles)
    assert TeacherRole(body).check() == ours.is_instructor
    assert StudentRole(body).check() == ours.is_learner
