"""Who is enrolled at Greendale University. Nobody is real."""

import secrets
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse

_COOKIE = "greendale"
_SALT = "lti_bridge.sandbox.lms.people"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the course."""

    user_id: str
    username: str
    given_name: str
    family_name: str
    teaches: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def email(self) -> str:
        return f"{self.username}@greendale.example.edu"


PEOPLE = {
    person.username: person
    for person in (
        Person("5", "alice", "Alice", "Martin"),
        Person("6", "bob", "Bob", "Weber"),
        Person("7", "chloe", "Chloé", "Ünal"),
        Person("2", "ines", "Ines", "Duarte", teaches=True),
    )
}
STUDENTS = [person for person in PEOPLE.values() if not person.teaches]


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in at one browser."""

    person: Person
    key: str


@dataclass(frozen=True, slots=True)
class SelectionToken:
    """What goes out with a request to choose content: the log-in it belongs to, and a part that is good once."""

    session_key: str
    once: str


def current_session(request: HttpRequest) -> Session | None:
    """The log-in of this browser at the pretend LMS."""
    username, _blank, key = (request.get_signed_cookie(_COOKIE, default="", salt=_SALT) or "").partition(" ")
    person = PEOPLE.get(username)
    return Session(person, key) if person else None


def current_person(request: HttpRequest) -> Person | None:
    """Who is logged in at the pretend LMS in this browser."""
    session = current_session(request)
    return session.person if session else None


def log_in(response: HttpResponse, person: Person) -> None:
    """Log this browser in, by a cookie of the LMS's own host."""
    response.set_signed_cookie(
        _COOKIE,
        f"{person.username} {secrets.token_hex(8)}",
        salt=_SALT,
        httponly=True,
        samesite="Lax",
        path="/sandbox/lms/",
    )


def selection_token(session: Session) -> str:
    """The ``data`` of a request to choose content; it comes back with the answer."""
    return signing.dumps([session.key, secrets.token_hex(16)], salt=_SALT)


def read_selection_token(data: str) -> SelectionToken | None:
    """What ``data`` says; None when it is not ours or older than an hour."""
    try:
        return SelectionToken(*signing.loads(data, salt=_SALT, max_age=3600))
    except signing.BadSignature:
        return None
