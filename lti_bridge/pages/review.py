"""From the LMS's gradebook to one person's attempts: a teacher sees the trail, a learner their own page."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lti_bridge.launch.reviews import Review, review_of
from lti_bridge.models import LaunchRecord
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.documents.document import document_of, newest_document, show_document
from lti_bridge.pages.instructor import access_of, see, show_trail
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.trail import has_trail


@with_launch("GET", "HEAD")
def show(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """The work that the launch asks for, for those who may see it."""
    review = review_of(record)
    _stay_there(record, review)
    if review.is_own and not record.is_instructor:
        return see("learner", request)
    if review.learner is None or not has_trail(review.learner, review.link):
        return _nothing_yet(request, record, review)
    if newest := newest_document(review.learner, review.link):
        return show_document(request, record, document_of(record, newest.pk))
    return show_trail(request, record, review.link, review.learner)


def _stay_there(record: LaunchRecord, review: Review) -> None:
    """Let the other pages of this launch be about the link that was found."""
    if record.resource_link_id != review.link.pk:
        LaunchRecord.objects.filter(pk=record.pk).update(resource_link=review.link)
        record.resource_link = review.link


def _nothing_yet(request: HttpRequest, record: LaunchRecord, review: Review) -> HttpResponse:
    named = review.learner.display_name if review.learner else _("This person")
    values = {
        "access": access_of(request),
        "heading": _("Nothing to review yet"),
        "text": _("%(person)s has not opened “%(link)s” yet.") % {"person": named, "link": review.link},
        "back": True,
    }
    return render_inside(request, record, "pages/message.html", values)
