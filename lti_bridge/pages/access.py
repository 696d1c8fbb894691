"""The pass of one launch: a signed text in the address that opens that launch's pages, and no others.

Browsers refuse cookies to pages in another site's frame, so the address itself carries the authority. Therefore these
addresses are never named in a referrer, never cached, and stop working after ``PAGE_HOURS``.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core import signing
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lti_bridge.errors import LaunchRejected
from lti_bridge.models import LaunchRecord, Membership
from lti_bridge.pages.locale import speak

_SALT = "lti_bridge.pages.access"
_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, LaunchRecord, _P], HttpResponseBase]


def grant(record: LaunchRecord) -> str:
    """The pass of a launch, for ``reverse("learner", kwargs={"access": …})`` and its like."""
    return signing.dumps(record.pk, salt=_SALT)


def launch_of(access: str) -> LaunchRecord:
    """The launch of a pass, with its link, activity and person, in one query; its language is spoken from here on.

    Raises ``LaunchRejected`` when the pass is forged or too old, the launch record is gone, or since then its
    registration was switched off or the person left the course.
    """
    try:
        pk = signing.loads(access, salt=_SALT, max_age=timedelta(hours=settings.PAGE_HOURS))
        record = _records().get(pk=pk, refused="")
    except (signing.BadSignature, LaunchRecord.DoesNotExist) as error:
        raise LaunchRejected(
            "page_expired",
            _("This page has expired."),
            _("Open the link again from your course."),
            detail=type(error).__name__,
        ) from None
    speak(str(record.details.get("locale", "")))
    if record.is_switched_off:
        raise LaunchRejected(
            "registration_off",
            _("Your course site is not connected here any more."),
            _("Please tell the people who look after your course site."),
        )
    if getattr(record, "has_left", False):
        raise LaunchRejected(
            "left_the_course",
            _("Your course site says that you are no longer in this course."),
            _("Open the link again from your course if you are."),
        )
    return record


def _records() -> QuerySet[LaunchRecord]:
    """With ``has_left``: whether a roster that was read after the launch says that the person left the course."""
    memberships = Membership.objects.filter(
        context=OuterRef("resource_link__context"), learner=OuterRef("learner"), seen_at__gt=OuterRef("received_at")
    )
    rows = LaunchRecord.objects.select_related(
        *("platform", "lti11", "lti13", "deployment", "learner"),
        *("resource_link__context__platform", "resource_link__activity__account", "resource_link__line_item"),
    )
    return rows.annotate(has_left=Exists(memberships.exclude(status=Membership.Status.ACTIVE)))


def with_launch(*methods: str) -> Callable[[_View[_P]], Callable[..., HttpResponseBase]]:
    """A view of a launch's page: it gets the launch of the pass in its address, and only the methods named.

    Exempt from the CSRF cookie, rightly: no cookie grants anything here. A stranger's page cannot post to an address it
    cannot know; one that came to know it is refused by what the browser says about where the request was made.
    """

    def decorate(view: _View[_P]) -> Callable[..., HttpResponseBase]:
        @csrf_exempt
        @require_http_methods(methods)
        @wraps(view)
        def opened(request: HttpRequest, /, access: str, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
            if request.method == "POST":
                refuse_strangers(request)
            _refuse_nul(request)
            return view(request, launch_of(access), *args, **kwargs)

        return opened

    return decorate


def _refuse_nul(request: HttpRequest) -> None:
    """Raise ``LaunchRejected`` for NUL in a field: a database refuses it as text, and no browser sends it by itself."""
    for fields in (request.GET, request.POST):
        if any("\x00" in text for name, values in fields.lists() for text in (name, *values)):
            raise LaunchRejected(
                "not_text", _("This request could not be understood."), _("Go back and try again."), status=400
            )


def refuse_strangers(request: HttpRequest) -> None:
    """Raise ``LaunchRejected`` for a post that another site's page made.

    A page without referrer sends the origin ``null`` even to itself; then ``Sec-Fetch-Site`` tells.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "null")
    if site not in ("", "same-origin", "none") or origin not in ("null", settings.PUBLIC_ORIGIN):
        raise LaunchRejected(
            "cross_site_post",
            _("This request came from another site."),
            _("Open the link again from your course."),
            detail=f"site {site or 'not told'}",
        )
