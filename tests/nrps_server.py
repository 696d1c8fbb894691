"""A pretend platform with a token endpoint and a roster in pages, over real sockets."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lti_bridge.advantage import tokens
from lti_bridge.models import Lti13Registration
from tests.http_server import Answer, Asked, Served, serve

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def member(user_id: str, name: str = "", role: str = "Learner", **more: Any) -> dict[str, Any]:
    """A member as Moodle tells one: with a short role."""
    told: dict[str, Any] = {"user_id": user_id, "roles": [role], "name": name, "status": "Active"} | more
    return {key: value for key, value in told.items() if value not in (None, "")}


@dataclass
class Roster:
    """What the platform says. Each of ``pages`` is a list of members; a page links to the one after it."""

    served: Served
    pages: list[list[dict[str, Any]]] = field(default_factory=list)
    #: In place of the next link of each page: a format with ``{url}`` and ``{number}``.
    next_link: str = ""
    #: In place of every answer.
    instead: Answer | None = None

    @property
    def url(self) -> str:
        return f"{self.served.url}/Members/2?Type=AbC%2Fd"

    @property
    def asked(self) -> list[Asked]:
        """What was asked of the roster, without the token requests."""
        return [each for each in self.served.asked if each.method == "GET"]

    def respond(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            token = {"access_token": "roster-token", "token_type": "Bearer", "expires_in": 3600, "scope": SCOPE}
            return 200, {}, json.dumps(token).encode()
        if asked.headers.get("authorization") != "Bearer roster-token" or asked.headers.get("accept") != MEDIA_TYPE:
            return 401, {}, b"{}"
        if self.instead:
            return self.instead
        number = int(parse_qs(urlsplit(asked.path).query).get("Page", ["1"])[0])
        page = self.pages[min(number, len(self.pages)) - 1] if self.pages else []
        headers: Mapping[str, str] = {"Content-Type": MEDIA_TYPE}
        if self.next_link or number < len(self.pages):
            form = self.next_link or "{url}&Page={number}&Key=QwErTy%3D"
            headers = {**headers, "Link": f'<{form.format(url=self.url, number=number + 1)}>; rel="next"'}
        return 200, headers, json.dumps({"id": self.url, "context": {"id": "history"}, "members": page}).encode()


@contextmanager
def roster_server(registration: Lti13Registration) -> Iterator[Roster]:
    """A platform at work, with the registration's addresses set to it."""
    holder: list[Roster] = []
    with serve(lambda asked: holder[0].respond(asked)) as served:
        holder.append(roster := Roster(served))
        registration.issuer, registration.token_endpoint = served.url, f"{served.url}/token"
        registration.save()
        tokens.forget()
        yield roster
        tokens.forget()
