"""Where a document stands, in words: for its author, and as chips for those who teach."""

from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import keeping
from lti_bridge.errors import Text
from lti_bridge.models import Attempt, AttemptState, Document, DocumentState
from lti_bridge.providers import provider_of

DAMAGED = "content_damaged"
CHECKED, FAILED, GONE = "checked", "failed", "gone"

#: state → (tone, chip, headline, what it means for its author)
_WORDS: dict[str, tuple[str, Promise, Promise, Promise]] = {
    "": (
        "",
        _("not handed in"),
        _("Ready when you are"),
        _("Hand in your document with the button below."),
    ),
    DocumentState.RECEIVED: (
        "wait",
        _("handed in"),
        _("Handed in"),
        _("Your document is here and is being passed on to be checked. You may close this page; nothing gets lost."),
    ),
    DocumentState.PLACED: (
        "wait",
        _("being passed on"),
        _("Handed in"),
        _("Your document is here and is being passed on to be checked. You may close this page; nothing gets lost."),
    ),
    DocumentState.PASSED_ON: (
        "wait",
        _("being checked"),
        _("Handed in, being checked"),
        _("This can take a while. You may close this page; nothing gets lost."),
    ),
    CHECKED: ("good", _("checked"), _("Handed in and checked"), _("Your document has been checked.")),
    FAILED: (
        "bad",
        _("check failed"),
        _("Handed in; the check came to nothing"),
        _("Your document is handed in all the same. Your teacher sees this and can have it checked again."),
    ),
    DocumentState.REFUSED: (
        "bad",
        _("refused"),
        _("Your document was not taken"),
        _("It does not count as handed in. Hand in another one."),
    ),
    DocumentState.UNCLEAR: (
        "bad",
        _("needs a look"),
        _("Handed in"),
        _("Your document is kept safe here, but has not certainly reached the check. Your teacher sees this."),
    ),
    GONE: (
        "bad",
        _("needs a look"),
        _("Handed in"),
        _(
            "Your document has not certainly reached the check, and its content is not here any more. "
            "Keep your own copy: your teacher sees this, and can allow you to hand it in again."
        ),
    ),
}
#: What our own reasons mean; a provider's come with its words.
_REASONS: dict[str, Promise] = {
    "no_answer": _("The provider never said whether it has the document."),
    "not_known_yet": _("The provider has not said yet whether it has the document; it is asked again."),
    DAMAGED: _("The document’s content cannot be read here any more."),
    "workers_died": _("Something goes wrong on our side each time that it is passed on."),
    "our_fault": _("Something went wrong on our side; it is tried again."),
}


def key_of(document: Document | None, attempt: Attempt | None) -> str:
    """Where a document stands, together with its attempt."""
    if document is None:
        return ""
    if document.state == DocumentState.PASSED_ON and attempt:
        if attempt.state == AttemptState.GRADED:
            return CHECKED
        if attempt.state in (AttemptState.FAILED, AttemptState.CANCELLED):
            return FAILED
    if document.state == DocumentState.UNCLEAR and not _is_safe(document):
        return GONE
    return document.state


def _is_safe(document: Document) -> bool:
    """Whether there is still something here to pass on."""
    return keeping.is_kept(document) and document.reason != DAMAGED


def tone_and_chip(document: Document | None, attempt: Attempt | None) -> tuple[str, Promise]:
    """The tone and the words of a chip."""
    return _WORDS[key_of(document, attempt)][:2]


def headline_and_meaning(document: Document | None, attempt: Attempt | None) -> tuple[Promise, Promise]:
    """What it means for its author."""
    headline, meaning = _WORDS[key_of(document, attempt)][2:]
    if document is not None and document.state == DocumentState.REFUSED and _meaning_of(document):
        # What to do now is said together with the reason.
        meaning = _("It does not count as handed in.")
    return headline, meaning


def why(document: Document) -> str:
    """Why it is not at the provider, in words; empty where nothing is the matter."""
    if not document.reason:
        return ""
    code, _colon, words = document.reason.partition(": ")
    sentence, advice = _meaning_of(document) or ("", "")
    if sentence and document.state == DocumentState.REFUSED:
        own = translated("It says: “%(words)s”.") % {"words": words} if words and words != str(sentence) else ""
        return " ".join(filter(None, (str(sentence), str(advice), own)))
    return (
        words
        or str(sentence)
        or str(_REASONS.get(code) or translated("The provider cannot be reached (%(code)s).") % {"code": code})
    )


def _meaning_of(document: Document) -> tuple[Text, Text] | None:
    """What its provider knows of the reason: a sentence, and what to do."""
    documents = provider_of(document.attempt.account.provider).documents
    return documents.meanings.get(document.reason.partition(": ")[0]) if documents else None
