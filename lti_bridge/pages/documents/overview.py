"""All documents of a link, for those who teach: as a page, and as a table for spreadsheets."""

import csv
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from lti_bridge.documents import deciding
from lti_bridge.documents.rules import is_late, rules_of, takes_documents, who_may_be_late
from lti_bridge.models import DocumentFindings, LaunchRecord, ResourceLink
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.documents import listing
from lti_bridge.pages.documents.acts import DONE
from lti_bridge.pages.documents.listing import Row, Wish
from lti_bridge.pages.instructor import access_of, for_instructors, link_of
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.words import plain
from lti_bridge.providers.documents import Rules
from lti_bridge.spreadsheets import harmless


@with_launch("GET", "HEAD")
@for_instructors
def show(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """The list: sorted and filtered by its address."""
    link = link_of(record)
    wish = Wish.of(request.GET.dict())
    page = Paginator(listing.documents_at(link, wish), listing.ROWS).get_page(request.GET.get("page", "1"))
    rules = _rules(link)
    due_at = rules.due_at if rules else None
    values = {
        "access": access_of(request),
        "link": link,
        "page": page,
        "rows": [listing.row_of(document, due_at) for document in page],
        "wish": wish,
        "sorts": listing.SORTS,
        "headings": listing.headings(wish),
        "filters": [(name, label) for name, (label, _rows) in listing.FILTERS.items()],
        "rules": rules,
        "is_over": rules is not None and is_late(rules),
        "may_be_late": who_may_be_late(link),
        "to_release": 0 if rules and rules.shows_report else listing.to_release(link, wish).count(),
        "to_withhold": listing.to_withhold(link, wish).count(),
        "stuck": listing.documents_at(link, wish).filter(deciding.STUCK).count(),
        "done": DONE.get(request.GET.get("done", "")),
    }
    return render_inside(request, record, "pages/documents/overview.html", values)


@with_launch("GET")
@for_instructors
def sheet(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """The same list, all of it, as comma separated values."""
    link = link_of(record)
    rules = _rules(link)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"{slugify(str(link)) or 'link'}-documents.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    # Spreadsheets take it for UTF-8 by this.
    response.write("\ufeff")
    table = csv.writer(response)
    table.writerow(_headings())
    for document in listing.documents_at(link, Wish.of(request.GET.dict())).iterator(chunk_size=500):
        table.writerow([harmless(each) for each in _cells(listing.row_of(document, rules.due_at if rules else None))])
    return response


def _headings() -> list[str]:
    return [
        *(_("Learner"), _("User id in the LMS"), _("E-mail")),
        *(_("Attempt"), _("Title"), _("File"), _("Bytes"), "SHA-256", _("Reference"), _("Handed in")),
        *(_("Late"), _("State"), _("Similarity"), _("Translation similarity"), _("AI index"), _("Originality")),
        *(_("Originality, %"), _("Released")),
    ]


def _cells(row: Row) -> Iterator[str]:
    document, found = row.document, row.findings or DocumentFindings()
    yield document.attempt.learner.display_name
    yield document.attempt.learner.user_id
    yield document.attempt.learner.email
    yield str(document.attempt.number)
    yield document.title
    yield document.file_name
    yield str(document.size)
    yield document.sha256
    yield document.reference
    yield timezone.localtime(document.received_at).isoformat(timespec="seconds") if document.received_at else ""
    yield _("yes") if row.is_late else _("no")
    yield str(row.chip)
    for number in (found.similarity, found.translation_similarity, found.ai_index):
        yield "" if number is None else plain(number)
    yield found.originality
    yield "" if found.originality_percentage is None else plain(found.originality_percentage)
    yield _("yes") if document.released_at else _("no")


def _rules(link: ResourceLink) -> Rules | None:
    return rules_of(link.activity) if link.activity and takes_documents(link.activity) else None
