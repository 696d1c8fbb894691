"""A provider's report of a document: its address is asked for at each view, and kept nowhere."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents.rules import documents_at
from lti_bridge.errors import CannotOpen
from lti_bridge.models import Document, LaunchRecord
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.documents.document import document_of, may_read_report
from lti_bridge.pages.instructor import access_of
from lti_bridge.pages.origins import origin_of
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.respond import respond
from lti_bridge.providers.actions import Redirect


@with_launch("GET")
def show(request: HttpRequest, record: LaunchRecord, document: int) -> HttpResponse:
    """The report in a frame of a page of ours: of that origin alone, and without power over the page around it."""
    found = document_of(record, document)
    url = _address(record, found)
    values = {"access": access_of(request), "document": found, "url": url}
    response = render_inside(request, record, "pages/documents/report.html", values)
    response._csp_replace["frame-src"] = [origin_of(url)]  # type: ignore[attr-defined]  # django-csp reads it
    return response


@with_launch("GET")
def open_in_window(request: HttpRequest, record: LaunchRecord, document: int) -> HttpResponse:
    """The report itself, for a window of its own."""
    return respond(request, Redirect(_address(record, document_of(record, document))), record)


def _address(record: LaunchRecord, document: Document) -> str:
    """Raises ``CannotOpen`` where there is none for this person, ``ProviderError`` where none can be had."""
    if not may_read_report(record, document):
        raise CannotOpen(
            "no_report_yet",
            _("There is no report for you to read yet."),
            _("Your teacher releases it when the document has been checked."),
        )
    attempt = document.attempt
    return documents_at(attempt.account).report_url(attempt, record.is_instructor)
