"""A document on its way to Originality, and the address of its report: what it takes, told, brought, read."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderRefused, Text
from lti_bridge.models import Account, Activity, Attempt, Document, Learner
from lti_bridge.providers import troubles
from lti_bridge.providers.documents import Content, Documents, Place, Rules
from lti_bridge.providers.inspera_originality import errors, settings
from lti_bridge.providers.inspera_originality.answers import look_up, text
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES, media_types, suffix_of
from lti_bridge.providers.inspera_originality.errors import Meaning, Remedy
from lti_bridge.providers.inspera_originality.inline import with_file
from lti_bridge.providers.inspera_originality.looking import wait_anew
from lti_bridge.providers.inspera_originality.parameters import MOST_SUBMISSIONS, SENT, value_of
from lti_bridge.providers.inspera_originality.reports import report_url
from lti_bridge.providers.inspera_originality.statuses import Standing, standing_of
from lti_bridge.providers.inspera_originality.storage import FOREIGN, NOT_TAKEN, bring, may_be_brought_to
from lti_bridge.providers.inspera_originality.waiting import waiting_for_administrators

log = structlog.get_logger(__name__)

TITLE_LENGTH = (5, 190)
_NO_EMAIL = Meaning(
    "email_missing",
    Remedy.PERSON,
    _("The similarity check needs your e-mail address, and your learning platform did not tell it."),
    _("Please tell your teacher: the platform has to share e-mail addresses, or the account has to make them up."),
)


def rules(account: Account, activity: Activity) -> Rules:
    """What an activity takes."""
    told = activity.parameters
    kept = media_types(tuple(value_of(told, "document_types", ())))
    return Rules(
        media_types=kept,
        max_bytes=min(value_of(told, "max_bytes", settings.MAX_BYTES), settings.max_bytes(account)),
        title_length=TITLE_LENGTH,
        min_words=value_of(told, "minLimit", 0),
        takes_text=value_of(told, "takes_text", True) and "txt" in kept,
        due_at=value_of(told, "due_at"),
        keep_days=value_of(told, "keep_days", 0),
        shows_report=value_of(told, "report_release") == "automatic",
        gives_grade=value_of(told, "grade", "none") != "none",
        told=_told(told),
    )


def _told(parameters: Mapping[str, Any]) -> tuple[Text, ...]:
    """What learners are told before they hand in."""
    checks_ai = value_of(parameters, "enableAIDetection")
    return (
        _("Your name and e-mail address are not told: a pseudonym goes along with it.")
        if value_of(parameters, "anonymous_submissions")
        else _("Your name and your e-mail address go along with it, as far as your course tells them."),
        _("It is compared with other texts, and it is looked at whether a machine may have written it.")
        if checks_ai
        else _("It is compared with other texts."),
    )


def register(document: Document, content: Content) -> Place:
    """Tell Originality of a document; in the inline form its content goes along. Raises ``ProviderError``."""
    account = document.attempt.account
    body: Any = described(document)
    if settings.goes_inline(account):
        body = with_file(body, content, as_text=suffix_of(document.media_type) == "html")
    with waiting_for_administrators(account):
        place = place_of(account, ask(account, "create_submission", body=body))
    troubles.clear(account, [FOREIGN.code, _NOWHERE.code, errors.FIELDS.code])
    return place


def upload(document: Document, place: Place, content: Content) -> bool:
    """Bring the content to its place. False when the address is no longer good. Raises ``ProviderError``."""
    account = document.attempt.account
    with waiting_for_administrators(account):
        good = bring(account, place.upload_url, media_type_of(document), content)
    if good:
        troubles.clear(account, [NOT_TAKEN.code])
    return good


def arrived(document: Document) -> bool | None:
    """Whether Originality has the content: surely, surely not, or None when its answer leaves that open.

    A document waits in the queue with and without its content. Raises ``ProviderError``.
    """
    document_id = document.attempt.provider_attempt_id
    if not document_id:
        return False
    account = document.attempt.account
    try:
        with waiting_for_administrators(account):
            told = ask(account, "check_status", {"documentId": document_id})
    except ProviderRefused as refused:
        if refused.code != "no_such_document":
            raise
        return False
    standing = standing_of(told) if isinstance(told, Mapping) else Standing.UNKNOWN
    return True if standing in (Standing.PROCESSING, Standing.DONE) else None


# --- what is told ---------------------------------------------------------------------------


def described(document: Document) -> dict[str, Any]:
    """What a document is told with, in Originality's names. Raises ``ProviderRefused`` when something is missing."""
    attempt = document.attempt
    account, told = attempt.account, attempt.activity.parameters
    author, email = author_of(account, attempt.learner, told)
    suffix = suffix_of(document.media_type)
    values: dict[str, Any] = {
        "documentTitle": document.title,
        "author": author,
        "email": email,
        "docType": name_of_type(account, suffix) if suffix else document.media_type,
        "assignmentId": f"{attempt.activity.slug}.{attempt.resource_link_id}",
    }
    values |= {name: value for name in SENT if (value := value_of(told, name)) is not None}
    values.setdefault("reSubmissions", _most_submissions(attempt))
    if not settings.is_legacy(account):
        values.setdefault("assignmentName", attempt.activity.title)
    return worded(account, values)


def _most_submissions(attempt: Attempt) -> int:
    """How many documents of its learner are to be taken. Originality's own default is one; the limit is kept here.

    Twice as many as are allowed: some have to be told of again.
    """
    allowed = max(attempt.activity.max_attempts, attempt.number) if attempt.activity.max_attempts else MOST_SUBMISSIONS
    return min(2 * allowed, MOST_SUBMISSIONS)


def worded(account: Account, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a document is told with, as the account's generation writes it."""
    if settings.is_legacy(account):
        return {name: _as_words(value) for name, value in values.items()}
    return _nested(dict(values))


def name_of_type(account: Account, suffix: str) -> str:
    """What a type of documents is called at an account."""
    kind = DOCUMENT_TYPES[suffix]
    return kind.short or suffix if settings.names_types_by_suffix(account) else kind.media_type


def author_of(account: Account, learner: Learner, told: Mapping[str, Any]) -> tuple[str, str]:
    """Author and e-mail address; of somebody who is not to be named, made up. Raises ``ProviderRefused``."""
    domain = account.settings.get("pseudonym_domain")
    pseudonym = f"{learner.opaque_id}@{domain}" if domain else ""
    if value_of(told, "anonymous_submissions"):
        if not pseudonym:
            raise errors.made(_NO_EMAIL, "anonymous_submissions without pseudonym_domain")
        return learner.opaque_id, pseudonym
    name = learner.full_name.strip() or f"{learner.given_name} {learner.family_name}".strip()
    email = learner.email.strip() or pseudonym
    if not email:
        raise errors.made(_NO_EMAIL, "the learner has no e-mail address")
    return name or learner.opaque_id, email


def media_type_of(document: Document) -> str:
    """The media type as Originality's list has it."""
    suffix = suffix_of(document.media_type)
    return DOCUMENT_TYPES[suffix].media_type if suffix else document.media_type


def _as_words(value: Any) -> str:
    """The first document has every field as a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """The current generation has some fields inside others, and translations switched on by a field of their own."""
    threshold = values.pop("contextualSimilaritiesThreshold", None)
    if threshold is not None:
        values["sentenceThresholds"] = {"contextualSimilaritiesThreshold": threshold}
    sources = {name: values.pop(name) for name in ("includeSources", "excludeSources") if name in values}
    if sources:
        values["sources"] = {"includeSources": [], "excludeSources": []} | sources
    if "translatedLanguage" in values:
        values.setdefault("translationsEnabled", True)
    return values


# --- what comes back ------------------------------------------------------------------------


def place_of(account: Account, answer: Any) -> Place:
    """The place that an answer gives a document. Raises ``ProviderError`` when it gives none."""
    told = answer if isinstance(answer, Mapping) else {}
    document_id = text(look_up(told, "documentId", "document_id"))
    url = text(look_up(told, "presignedS3Url", "presignedUrl"))
    inline = settings.goes_inline(account)
    if not document_id:
        message = text(look_up(told, "message", "error"))
        meaning = errors.meaning_of("submission", 200, message) if message else errors.AWAY
        detail = "create_submission: HTTP 200 without documentId"
        unclear = inline and meaning.remedy == Remedy.RETRY
        raise errors.made(meaning, detail, "200", message[: errors.MAX_MESSAGE], ambiguous=unclear)
    if url and not may_be_brought_to(account, url):
        raise errors.made(FOREIGN, "create_submission: the address for the content is at a host that is not allowed")
    if not url and not inline:
        raise errors.made(_NOWHERE, "create_submission: an answer without presignedS3Url")
    log.info("originality_document", account=account.name, with_address=bool(url))
    return Place(document_id[:200], url)


_NOWHERE = Meaning(
    errors.NO_UPLOAD_ADDRESS,
    Remedy.CONFIGURATION,
    _("The similarity check does not say where documents go."),
    _("Please tell the people who look after this service: in profile legacy, upload can be inline_base64."),
)


def _goes_along(account: Account) -> bool:
    return settings.goes_inline(account)


#: What else is found, by the names of both generations.
LABELS: dict[str, Text] = {
    "hiddenText": _("Hidden text"),
    "imageAsText": _("Text as pictures"),
    "characterReplacements": _("Replaced characters"),
}
#: What is said of a document that waits or was refused.
_MEANINGS: dict[str, tuple[Text, Text]] = {
    each.code: (each.sentence, each.advice)
    for each in (*errors.about("submission"), FOREIGN, NOT_TAKEN, _NOWHERE, _NO_EMAIL)
}
DOCUMENTS = Documents(rules, _goes_along, register, upload, arrived, report_url, wait_anew, LABELS, _MEANINGS)
