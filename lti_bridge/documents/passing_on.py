"""Bring a document to the provider, once: claim, register, upload, write down; each step may be the last of a worker.

==========  =====================  ==============================================================================
it is       and unanswered         then
==========  =====================  ==============================================================================
received                           register it → placed
received    registering            register it anew: a place without content is nobody's document; where the content
                                   goes along, it is unclear
placed                             upload → passed on; an address that is no longer good: a new place
placed      an upload              the same upload once more; an address that is no longer good: ask whether it
                                   arrived → passed on, a new place, or not known yet: ask again, for an hour, then
                                   it is unclear
unclear     an upload              something is heard of it (``asking``): ask once more whether it arrived
==========  =====================  ==============================================================================

``asked_at`` is written before asking, and stays until an answer says that nothing happened. No transaction is open
while the provider is asked.
"""

import time

import structlog
from django.utils import timezone

from lti_bridge.documents import asking, claims, settling
from lti_bridge.documents.claims import LeasedContent, LeaseLost
from lti_bridge.documents.content import KeptContent
from lti_bridge.documents.rules import documents_at
from lti_bridge.errors import ContentDamaged, ProviderError, ProviderRefused
from lti_bridge.models import Document, DocumentState
from lti_bridge.providers.documents import Documents, Place

log = structlog.get_logger(__name__)


def pass_on_due(*, seconds: float) -> int:
    """Pass due documents on until there are none left, or time is used up. Gives how many were seen to."""
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end and pass_on():
        done += 1
    return done


def pass_on(document_id: int | None = None) -> bool:
    """See to one due document: that one, or the one that waits the longest. False when there was none to be had.

    A fault of our own over one is logged and tried again on its schedule; it does not stop the others.
    """
    document = claims.claim(document_id)
    if document is None:
        return False
    try:
        _work_whatever_happens(document)
    except LeaseLost:
        log.warning("document_lease_lost", document=document.reference)
    return True


def _work_whatever_happens(document: Document) -> None:
    try:
        _work(document)
    except LeaseLost:
        raise
    except ContentDamaged as damage:
        log.error("document_damaged", document=document.reference, damage=str(damage))
        settling.unclear(document, "content_damaged")
    except Exception:  # the boundary of one document's way
        log.exception("document_not_passed_on", document=document.reference)
        settling.later(document, None, in_doubt=document.asked_at is not None)


def _work(document: Document) -> None:
    if document.crashes >= claims.MOST_CRASHES:
        log.error("document_kills_workers", document=document.reference)
        return settling.unclear(document, "workers_died")
    documents = documents_at(document.attempt.account)
    content = LeasedContent(document, KeptContent(document))
    if document.state == DocumentState.RECEIVED:
        _register(document, documents, content)
    if document.state == DocumentState.PLACED:
        _upload(document, documents, content)


def _register(document: Document, documents: Documents, content: LeasedContent) -> None:
    all_at_once = documents.goes_along(document.attempt.account)
    if document.asked_at and all_at_once:
        return settling.unclear(document, "no_answer")
    claims.write(document, asked_at=timezone.now())
    try:
        place = documents.register(document, content)
    except ProviderRefused as error:
        return settling.refused(document, error.code, settling.words_of(error))
    except ProviderError as error:
        if all_at_once and error.ambiguous:
            return settling.unclear(document, error.code)
        # A place that was made in vain harms nobody.
        return settling.later(document, error, in_doubt=False)
    return settling.placed(document, place)


def _upload(document: Document, documents: Documents, content: LeasedContent) -> None:
    if asking.is_asked_about(document):
        return _ask(document, documents)
    in_doubt = document.asked_at is not None
    claims.write(document, asked_at=document.asked_at or timezone.now())
    place = Place(document.attempt.provider_attempt_id, str(document.secret.get("upload_url", "")))
    try:
        good = documents.upload(document, place, content)
    except ProviderRefused as error:
        if in_doubt:
            return _ask(document, documents, refusal=error)
        return settling.refused(document, error.code, settling.words_of(error))
    except ProviderError as error:
        return settling.later(document, error, in_doubt=in_doubt or error.ambiguous)
    if good:
        return settling.passed_on(document)
    return _ask(document, documents) if in_doubt else _anew(document)


def _ask(document: Document, documents: Documents, *, refusal: ProviderRefused | None = None) -> None:
    """An upload was never answered, and cannot be repeated: only the provider knows whether it arrived."""
    try:
        arrived = documents.arrived(document)
    except ProviderError as error:
        return settling.later(document, error, in_doubt=True)
    if arrived:
        return settling.passed_on(document)
    if arrived is None:
        return settling.not_known_yet(document)
    if refusal is not None:
        return settling.refused(document, refusal.code, settling.words_of(refusal))
    return _anew(document)


def _anew(document: Document) -> None:
    """The content is certainly not there, and its place is lost: ask for another one, by the schedule."""
    secret = asking.without_place(document)
    claims.write(document, state=DocumentState.RECEIVED, secret=secret, asked_at=None)
    settling.later(document, None, in_doubt=False)
