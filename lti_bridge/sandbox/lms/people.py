"""Who is enrolled at Greendale University. Nobody is real."""

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


def current_person(request: HttpRequest) -> Person | None:
    """Who is logged in at the pretend LMS in this browser."""
    username = request.get_signed_cookie(_COOKIE, default="", salt=_SALT)
    return PEOPLE.get(username or "")


def log_in(response: HttpResponse, person: Person) -> None:
    """Log this browser in, by a cookie of the LMS's own host."""
    response.set_signed_cookie(
        _COOKIE, person.username, salt=_SALT, httponly=True, samesite="Lax", path="/sandbox/lms/"
    )


def selection_token(person: Person) -> str:
    """What comes back with a content item selection: a cookie would not, across sites."""
    return signing.dumps(person.username, salt=_SALT)


def person_of(selection: str) -> Person | None:
    """Who began a selection; None for a token that is not ours or older than an hour."""
    try:
        return PEOPLE.get(signing.loads(selection, salt=_SALT, max_age=3600))
    except signing.BadSignature:
        return None
