"""One document: its receipt, where it stands, and its content for its author and those who teach."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import deciding, keeping
from lti_bridge.documents.content import KeptContent
from lti_bridge.documents.grades import lacks_grade, with_grades
from lti_bridge.documents.rules import documents_at
from lti_bridge.errors import CannotOpen, Text
from lti_bridge.models import Document, DocumentState, LaunchRecord, Learner, ResourceLink
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.documents import acts, own, standing
from lti_bridge.pages.documents.acts import DONE
from lti_bridge.pages.instructor import access_of, link_of
from lti_bridge.pages.render import render_inside
from lti_bridge.providers.documents import Rules

_ROWS = (
    *("attempt__learner", "attempt__resource_link", "attempt__activity__account", "attempt__candidate__account"),
    *("findings", "released_by"),
)
_HANDED_IN = "handed-in"


@with_launch("GET", "HEAD")
def show(request: HttpRequest, record: LaunchRecord, document: int) -> HttpResponse:
    """The receipt and the standing; for those who teach also the findings, and what they can do."""
    return show_document(request, record, document_of(record, document))


def show_document(request: HttpRequest, record: LaunchRecord, found: Document) -> HttpResponse:
    """The page of a document that this launch may see."""
    tone, chip = standing.tone_and_chip(found, found.attempt)
    headline, meaning = standing.headline_and_meaning(found, found.attempt)
    told = request.GET.get("done", "")
    all_of_them = own.handed_in(found.attempt.learner, found.attempt.resource_link, teaches=record.is_instructor)
    values = {
        "access": access_of(request),
        "document": found,
        "attempt": found.attempt,
        "learner": found.attempt.learner,
        "tone": tone,
        "chip": chip,
        "headline": headline,
        "meaning": meaning,
        "why": standing.why(found),
        "findings": getattr(found, "findings", None),
        "lacks_grade": record.is_instructor and lacks_grade(found),
        "more": _more(found),
        "others": [each for each in all_of_them if each.document.pk != found.pk],
        "is_kept": _is_kept(found),
        "goes_soon": _is_kept(found) and found.content_until is None and not _rules_of(found).keep_days,
        "has_report": may_read_report(record, found),
        "acts": acts.suiting(found) if record.is_instructor else {},
        "done": _("Your document is handed in. This is your receipt.") if told == _HANDED_IN else DONE.get(told),
    }
    return render_inside(request, record, "pages/documents/document.html", values)


@with_launch("GET")
def download(request: HttpRequest, record: LaunchRecord, document: int) -> StreamingHttpResponse:
    """The content as it was handed in, to be kept and never to be shown here."""
    found = document_of(record, document)
    if not _is_kept(found):
        raise CannotOpen(
            "content_gone",
            _("The provider has the document: its content is no longer kept here.")
            if found.passed_on_at
            else _("The content of the document is no longer kept here."),
            _("What was handed in, and when, is on the receipt."),
            status=404,
        )
    response = StreamingHttpResponse(KeptContent(found).pieces(), content_type="application/octet-stream")
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.file_name) or ""
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def document_of(record: LaunchRecord, number: int) -> Document:
    """A document of the launch's link, for its author and those who teach there; for others there is none (404)."""
    rows = with_grades(Document.objects.select_related(*_ROWS)).filter(attempt__resource_link=link_of(record))
    if not record.is_instructor:
        rows = rows.filter(attempt__learner=record.learner_id or 0)
    found = rows.exclude(state=DocumentState.ARRIVING).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _is_kept(document: Document) -> bool:
    """Whether its content is here; where its time is over, somebody is about to throw it away."""
    return keeping.is_kept(document) and not keeping.is_over(document)


def _rules_of(document: Document) -> Rules:
    return documents_at(document.attempt.account).rules(document.attempt.account, document.attempt.activity)


def _more(document: Document) -> list[tuple[Text, object]]:
    """What else the provider found: under its labels, where it has any."""
    findings = getattr(document, "findings", None)
    labels = documents_at(document.attempt.account).labels
    return [(labels.get(name, name), value) for name, value in findings.more.items()] if findings else []


def may_read_report(record: LaunchRecord, document: Document) -> bool:
    """Whether there is a report, for this person."""
    checked = standing.key_of(document, document.attempt) == standing.CHECKED
    return checked and (record.is_instructor or deciding.may_be_read(document))


def newest_document(learner: Learner, link: ResourceLink) -> Document | None:
    """The newest document of a learner at a link, if any."""
    rows = Document.objects.filter(attempt__learner=learner, attempt__resource_link=link)
    return rows.exclude(state=DocumentState.ARRIVING).order_by("-received_at").first()
