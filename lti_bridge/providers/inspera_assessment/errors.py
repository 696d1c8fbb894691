"""What Inspera's errors mean: for whoever called, a sentence and what to do; its own words beside it."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderError, ProviderRefused, ProviderUnavailable, Text
from lti_bridge.http import Answer

TELL_SUPPORT = _("Please tell the people who look after this service.")
TRY_AGAIN = _("Try again in a few minutes: open the link again from your course. Nothing is lost.")
MAX_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status means. ``permanent``: the same request would get the same answer."""

    code: str
    sentence: Text
    advice: Text
    permanent: bool = True


#: When a token is asked for, as the document lists them.
OF_TOKEN: dict[int, Meaning] = {
    400: Meaning(
        "token_request_refused",
        _("The test provider does not understand our request for access."),
        _("Please tell the people who look after this service: check client_id in the account's settings."),
    ),
    401: Meaning(
        "credentials_refused",
        _("The test provider does not let us in."),
        _("Please tell the people who look after this service: the API key (code) is wrong or was revoked."),
    ),
    409: Meaning(
        "several_tokens",
        _("The test provider has several keys for our user and does not know which one counts."),
        _("Please tell the people who look after this service: only Inspera's support can put this right."),
    ),
    500: Meaning("token_error", _("The test provider cannot let us in at the moment."), TRY_AGAIN, permanent=False),
    501: Meaning(
        "access_not_offered",
        _("The test provider does not offer this kind of access at this address."),
        _("Please tell the people who look after this service: check base_url in the account's settings."),
    ),
}
#: When anything else is asked for.
OF_CALL: dict[int, Meaning] = {
    400: Meaning("not_accepted", _("The test provider did not accept what it was sent."), TELL_SUPPORT),
    401: Meaning("credentials_refused", OF_TOKEN[401].sentence, OF_TOKEN[401].advice),
    403: Meaning(
        "not_allowed",
        _("Our user at the test provider may not do this."),
        _("Please tell the people who look after this service: give the integration user the rights at Inspera."),
    ),
    404: Meaning("not_found", _("The test provider does not have what was asked for."), TELL_SUPPORT),
    409: Meaning("conflict", _("At the test provider something stands against this."), TELL_SUPPORT),
    500: Meaning("provider_error", _("The test provider had an error of its own."), TRY_AGAIN, permanent=False),
    501: Meaning("not_offered", _("The test provider does not offer this."), TELL_SUPPORT),
}
_BUSY = Meaning("busy", _("The test provider has too much to do at the moment."), TRY_AGAIN, permanent=False)
_AWAY = Meaning(
    "provider_unavailable", _("The test provider does not answer properly at the moment."), TRY_AGAIN, permanent=False
)
BUSY = (429, 503)


def error_of(meanings: dict[int, Meaning], answer: Answer, what: str) -> ProviderError:
    """The error that an answer is."""
    meaning = _BUSY if answer.status in BUSY else meanings.get(answer.status)
    if meaning is None:
        meaning = meanings[400] if 400 <= answer.status < 500 else _AWAY
    code, message = words_of(answer.body)
    return _made(meaning, what, f"HTTP {answer.status}", code or str(answer.status), message, answer.status >= 500)


def not_done(what: str, message: str) -> ProviderError:
    """An answer with HTTP 200 that says that it was not done."""
    return _made(OF_CALL[400], what, "HTTP 200 with an error", "200", message[:MAX_MESSAGE], ambiguous=False)


def no_answer(what: str, why: str, *, ambiguous: bool) -> ProviderError:
    """Nothing came, or nothing that is an answer of the API."""
    return _made(_AWAY, what, why, "", "", ambiguous)


def unreadable(what: str, problem: Exception) -> ProviderError:
    """A file came that is not what it should be."""
    return ProviderUnavailable(
        "export_unreadable", OF_CALL[500].sentence, TRY_AGAIN, detail=f"Inspera, export of {what}: {problem}"
    )


def words_of(body: bytes) -> tuple[str, str]:
    """Inspera's own code and words in an error's body; empty where there are none."""
    try:
        told: Any = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    error = told.get("error")
    texts = [told.get(name) for name in ("description", "error_description", "message", "errors", "detail")]
    code = error if isinstance(error, str) else ""
    more = [] if isinstance(error, str) or error is None else [error]
    words = "; ".join(each if isinstance(each, str) else json.dumps(each) for each in [*texts, *more] if each)
    return code[:100], words[:MAX_MESSAGE]


def _made(meaning: Meaning, what: str, why: str, code: str, message: str, ambiguous: bool) -> ProviderError:
    kind = ProviderRefused if meaning.permanent else ProviderUnavailable
    return kind(
        meaning.code,
        meaning.sentence,
        meaning.advice,
        detail=f"Inspera, {what}: {why}",
        provider_code=code,
        provider_message=message,
        ambiguous=ambiguous,
    )
