"""What Originality's errors mean: who has to do what, and its own words beside it.

The same status means different things at different addresses, so each group of addresses has a table of its own
(sections 2.4, 3.4, 4.4, 5.4 and 7 of the first document). Words decide only where one status has several meanings.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderError, ProviderRefused, ProviderUnavailable, Text
from lti_bridge.http import Answer
from lti_bridge.providers.inspera_originality.answers import look_up

MAX_MESSAGE = 1000


class Remedy(StrEnum):
    """What an error asks for."""

    RETRY = "retry"  # the same request may work later
    PERMANENT = "permanent"  # the same request gets the same answer
    CONFIGURATION = "configuration"  # an administrator has to change the account
    PERSON = "person"  # whoever sent this has to send something else


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status means."""

    code: str
    remedy: Remedy
    sentence: Text
    advice: Text


TELL_SUPPORT = _("Please tell the people who look after this service.")
TRY_AGAIN = _("Try again in a few minutes. Nothing is lost.")
TELL_TEACHER = _("Please tell your teacher.")

_LETS_NOBODY_IN = _("The similarity check does not let us in.")
AWAY = Meaning(
    "provider_unavailable",
    Remedy.RETRY,
    _("The similarity check does not answer properly at the moment."),
    TRY_AGAIN,
)
BUSY = Meaning("busy", Remedy.RETRY, _("The similarity check has too much to do at the moment."), TRY_AGAIN)
CREDENTIALS = Meaning(
    "credentials_refused",
    Remedy.CONFIGURATION,
    _LETS_NOBODY_IN,
    _("Please tell the people who look after this service: client_id or institution_id of the account is wrong."),
)
WRONG_ADDRESS = Meaning(
    "wrong_address",
    Remedy.CONFIGURATION,
    _("The similarity check is not at the address that is set."),
    _("Please tell the people who look after this service: check profile, environment and base_url of the account."),
)
NOT_ACCEPTED = Meaning(
    "not_accepted", Remedy.PERMANENT, _("The similarity check did not accept what it was sent."), TELL_SUPPORT
)
FIELDS = Meaning(
    "fields_not_accepted",
    Remedy.CONFIGURATION,
    _("The similarity check does not accept what it is told of documents."),
    _("Please tell the people who look after this service: check the parameters of the activity, and the account."),
)
NOT_ALLOWED = Meaning(
    "not_allowed",
    Remedy.CONFIGURATION,
    _("Our account at the similarity check may not do this."),
    _("Please tell the people who look after this service: ask Inspera for the rights that are missing."),
)
TOO_LARGE = Meaning(
    "too_large", Remedy.PERSON, _("The document is too large for the similarity check."), _("Hand in a smaller one.")
)
_USER_CREDENTIALS = Meaning(
    "user_credentials_refused",
    Remedy.CONFIGURATION,
    _LETS_NOBODY_IN,
    _("Please tell the people who look after this service: email or password of the account is wrong."),
)
_NO_SUCH_DOCUMENT = Meaning(
    "no_such_document", Remedy.PERMANENT, _("The similarity check does not have this document."), TELL_TEACHER
)
_OTHER_INSTITUTION = Meaning(
    "other_institution",
    Remedy.PERMANENT,
    _("This belongs to another institution."),
    _("Use an account of that institution."),
)
_BAD_NAMES = Meaning(
    "names_not_accepted",
    Remedy.PERSON,
    _("The names are not accepted."),
    _("First and last name may have letters only, three or more each."),
)
_EMAIL_NOT_TAKEN = Meaning(
    "email_not_accepted",
    Remedy.PERSON,
    _("The e-mail address is not accepted."),
    _("It has to be a correct one that nobody there has yet."),
)
_NOT_THERE = Meaning("not_found", Remedy.PERMANENT, _("That is not there."), _("Check what you asked for."))

#: Group of addresses → status → meaning.
MEANINGS: dict[str, dict[int, Meaning]] = {
    "token": {
        400: CREDENTIALS,
        401: CREDENTIALS,
        # The document lists it as "bad request": a field was missing or wrong.
        404: CREDENTIALS,
    },
    "user_token": {
        401: _USER_CREDENTIALS,
        404: _USER_CREDENTIALS,
        409: _USER_CREDENTIALS,
        422: _USER_CREDENTIALS,
    },
    "submission": {400: FIELDS, 401: CREDENTIALS, 403: NOT_ACCEPTED, 404: WRONG_ADDRESS, 413: TOO_LARGE},
    "document": {400: NOT_ACCEPTED, 401: CREDENTIALS, 403: NOT_ALLOWED, 404: _NO_SUCH_DOCUMENT},
    "user": {
        400: NOT_ACCEPTED,
        401: NOT_ALLOWED,
        402: _BAD_NAMES,
        403: _OTHER_INSTITUTION,
        404: _NOT_THERE,
        409: _EMAIL_NOT_TAKEN,
        422: NOT_ACCEPTED,
    },
    "course": {400: NOT_ACCEPTED, 401: NOT_ALLOWED, 403: _OTHER_INSTITUTION, 404: _NOT_THERE},
}
#: Where one status has several meanings: group → words in the message → meaning. The first that fits.
BY_WORDS: dict[str, tuple[tuple[str, Meaning], ...]] = {
    "submission": (
        (
            r"maximum of submissions|resubmission|limit of submissions|too many submissions",
            Meaning(
                "too_many_submissions",
                Remedy.PERSON,
                _("The similarity check takes no more documents from you for this assignment."),
                _("Please tell your teacher: reSubmissions of the activity says how many it takes."),
            ),
        ),
        (
            r"document title has",
            Meaning(
                "title_not_accepted",
                Remedy.PERSON,
                _("The title of the document is not accepted."),
                _("A title has 5 to 190 characters."),
            ),
        ),
        (
            r"word count is less",
            Meaning(
                "too_few_words",
                Remedy.PERSON,
                _("The document has fewer words than the assignment asks for."),
                _("Hand in a longer one."),
            ),
        ),
        (
            r"structure is invalid|corrupt|damaged",
            Meaning(
                "document_not_readable",
                Remedy.PERSON,
                _("The similarity check cannot read the document."),
                _("Open it on your computer, save it anew and hand it in again."),
            ),
        ),
        (r"required fields", FIELDS),
        (r"something went wrong|try again", AWAY),
    ),
    # "500 Server error, email already registered": one status for two things.
    "user": ((r"already|registered|exists", _EMAIL_NOT_TAKEN),),
}
ACCOUNT_INCOMPLETE, FOREIGN_UPLOAD_HOST = "account_incomplete", "foreign_upload_host"
NO_UPLOAD_ADDRESS, UPLOAD_NOT_ACCEPTED = "no_upload_address", "upload_not_accepted"
#: Only an administrator can put these right.
_FOR_ADMINISTRATORS = {ACCOUNT_INCOMPLETE, FOREIGN_UPLOAD_HOST, NO_UPLOAD_ADDRESS, UPLOAD_NOT_ACCEPTED} | {
    each.code
    for each in (WRONG_ADDRESS, *(meaning for table in MEANINGS.values() for meaning in table.values()))
    if each.remedy == Remedy.CONFIGURATION
}
#: Statuses whose words are looked at.
_AMBIGUOUS: dict[str, tuple[int, ...]] = {"submission": (200, 201, 400, 403), "user": (500,)}
#: What Amazon's gateway says when there is nothing at an address.
_GATEWAY = re.compile(r"missing authentication token", re.IGNORECASE)


def about(group: str) -> Iterator[Meaning]:
    """All that answers of a group of addresses may mean."""
    yield from (AWAY, BUSY, NOT_ACCEPTED, WRONG_ADDRESS, *MEANINGS[group].values())
    yield from (meaning for _words, meaning in BY_WORDS.get(group, ()))


def meaning_of(about: str, status: int, message: str) -> Meaning:
    """What an answer means that is not what was asked for."""
    if status in (403, 404) and _GATEWAY.search(message):
        return WRONG_ADDRESS
    if status in _AMBIGUOUS.get(about, ()):
        for words, meaning in BY_WORDS[about]:
            if re.search(words, message, re.IGNORECASE):
                return meaning
    if status == 429:
        return BUSY
    if status in MEANINGS[about]:
        return MEANINGS[about][status]
    return NOT_ACCEPTED if 200 <= status < 300 or 400 <= status < 500 else AWAY


def error_of(about: str, answer: Answer, what: str, *, acts: bool) -> ProviderError:
    """The error that an answer is. ``acts``: what was asked for changes something there."""
    message = words_of(answer.body)
    meaning = meaning_of(about, answer.status, message)
    unclear = acts and (answer.status >= 500 or answer.status < 400) and meaning.remedy == Remedy.RETRY
    detail, wait = f"{what}: HTTP {answer.status}", answer.retry_after(time.time())
    return made(meaning, detail, str(answer.status), message, ambiguous=unclear, retry_after=wait)


def is_for_administrators(error: ProviderError) -> bool:
    """Whether only an administrator can put it right."""
    return error.code in _FOR_ADMINISTRATORS


def postponed(refused: ProviderRefused) -> ProviderUnavailable:
    """The same no, as something that is worth another try later."""
    return ProviderUnavailable(
        refused.code,
        refused.sentence,
        refused.advice,
        detail=refused.detail,
        provider_code=refused.provider_code,
        provider_message=refused.provider_message,
    )


def made(
    meaning: Meaning,
    detail: str,
    code: str = "",
    message: str = "",
    *,
    ambiguous: bool = False,
    retry_after: float | None = None,
) -> ProviderError:
    """The error of a meaning."""
    kind = ProviderUnavailable if meaning.remedy == Remedy.RETRY else ProviderRefused
    return kind(
        meaning.code,
        meaning.sentence,
        meaning.advice,
        detail=f"Inspera Originality, {detail}",
        provider_code=code,
        provider_message=message,
        ambiguous=ambiguous,
        retry_after=retry_after,
    )


def words_of(body: bytes) -> str:
    """Originality's own words in an error's body; empty where there are none."""
    try:
        told: Any = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, Mapping):
        return told[:MAX_MESSAGE] if isinstance(told, str) else ""
    words = [look_up(told, name) for name in ("message", "error", "errors", "detail")]
    return "; ".join(each if isinstance(each, str) else json.dumps(each) for each in words if each)[:MAX_MESSAGE]
