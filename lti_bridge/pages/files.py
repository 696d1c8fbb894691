"""What those who teach take along from the provider, and what was done there about their learners.

A file is ordered of the provider, its progress shown, and handed out as soon as it is there: only about the learners of
the launch's own link, and nothing of it is kept here. Who ordered what is written down.
"""

import tempfile
from dataclasses import replace
from typing import Any, BinaryIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import slugify

from lti_bridge.errors import ProviderError
from lti_bridge.models import Attempt, ExportState, LaunchRecord, ProviderExport, ResourceLink
from lti_bridge.pages import orders
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.instructor import access_of, for_instructors, link_of, see
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.roster import newest_attempts
from lti_bridge.providers import exports, records
from lti_bridge.providers.files import File

#: In the place of an attempt's id: all learners of the link.
ALL = 0
#: Seconds that fetching a file from the provider may take while somebody waits for it here.
PATIENCE = 60.0
_UNDER_WAY = (ExportState.ORDERED, ExportState.LOADING)


@with_launch("GET", "HEAD")
@for_instructors
def show(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """What can be ordered, how far it is, and what was done at the provider."""
    link = link_of(record)
    ordered = orders.orders_of(link)
    values = {
        "access": access_of(request),
        "link": link,
        "files": orders.for_all(newest_attempts(link).values()),
        "orders": ordered,
        "waits": any(each.is_being_made for each in ordered),
        "done": orders.done_at(link),
    }
    return render_inside(request, record, "pages/files.html", values)


@with_launch("POST")
@for_instructors
def order(request: HttpRequest, record: LaunchRecord, attempt: int, name: str) -> HttpResponse:
    """Order a file about all learners, or about one attempt. One that is under way already is not ordered twice."""
    link = link_of(record)
    file, about = _wanted(link, attempt, name)
    rows = ProviderExport.objects.filter(resource_link=link, file=name, state__in=_UNDER_WAY)
    if not (rows.filter(attempt=about) if file.about_one else rows).exists():
        who: dict[str, Any] = {"teacher": record.learner, "resource_link": link, "reference": record.reference}
        if file.about_one:
            who |= {"attempt": about, "learner": about.learner}
        try:
            with records.recorded(about.account, name, **who):
                exports.begin(file.export(about), resource_link=link, attempt=about, file=name)
        except ProviderError:
            pass  # the page tells of it: the rows of the order and of the act say why
    return see("files", request)


@with_launch("POST")
@for_instructors
def take(request: HttpRequest, record: LaunchRecord, export: int) -> HttpResponseBase:
    """Hand a file out, if it is ready; otherwise the page says how far it is."""
    link = link_of(record)
    rows = ProviderExport.objects.select_related("account", "attempt__candidate__account", "attempt__activity__account")
    row = get_object_or_404(rows, pk=export, resource_link=link, attempt__resource_link=link)
    file = orders.files_of(row.account).get(row.file)
    if file is None or row.attempt is None:
        raise Http404
    if not exports.claim(row):
        return see("files", request)
    # Both are on disk, whatever their size, and gone when the browser has the second.
    wanted = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        is_there = _fetch(link, row, row.attempt, file, wanted)
    except BaseException:
        wanted.close()
        raise
    finally:
        exports.let_go(row)
    if not is_there:
        wanted.close()
        return see("files", request)
    wanted.seek(0)
    return _handed_out(wanted, file, _name_of(link, row, file))


def _fetch(link: ResourceLink, row: ProviderExport, about: Attempt, file: File, into: BinaryIO) -> bool:
    """Write what people get; False when it is not there yet, or will not be: the row says which."""
    with tempfile.TemporaryFile() as raw:
        try:
            if not exports.look(replace(file.export(about), seconds=PATIENCE), row, raw, again=True):
                return False
        except ProviderError:
            return False
        try:
            file.write(raw, orders.people_of(link, about, alone=file.about_one), into)
        except ProviderError as error:
            ProviderExport.objects.filter(pk=row.pk).update(state=ExportState.FAILED, reason=str(error)[:300])
            return False
    return True


def _wanted(link: ResourceLink, attempt: int, name: str) -> tuple[File, Attempt]:
    """The file and whom it is about. Raises ``Http404`` when the link has no such file."""
    attempts = newest_attempts(link)
    if attempt == ALL:
        found = orders.for_all(attempts.values()).get(name)
        if found is None:
            raise Http404
        return found
    about = next((each for each in attempts.values() if each.pk == attempt), None)
    file = orders.for_one(about).get(name) if about else None
    if file is None or about is None:
        raise Http404
    return file, about


def _name_of(link: ResourceLink, row: ProviderExport, file: File) -> str:
    """The file's name: of the link and of what it is, never of a person."""
    number = f"-{row.attempt_id}" if file.about_one else ""
    return f"{slugify(str(link)) or 'test'}-{row.file.rpartition('_')[0]}{number}.{file.ending}"


def _handed_out(content: object, file: File, name: str) -> FileResponse:
    response = FileResponse(content, as_attachment=True, filename=name, content_type=file.content_type)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response
