"""The page where a document is handed in: a file or written text, in a form that works with and without a script."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lti_bridge import placements, uploads
from lti_bridge.documents import handing_in
from lti_bridge.documents.arriving import Arrival
from lti_bridge.documents.rules import is_late, left, rules_of, takes_documents, writes
from lti_bridge.errors import CannotOpen, NotTaken
from lti_bridge.models import UNFINISHED, Activity, Attempt, Document, LaunchRecord
from lti_bridge.pages.access import refuse_nul, with_launch
from lti_bridge.pages.documents import own
from lti_bridge.pages.instructor import access_of, see
from lti_bridge.pages.learner import refuse_instructors, way_back
from lti_bridge.pages.render import render_inside
from lti_bridge.providers import provider_of
from lti_bridge.providers.documents import Rules

#: What a form has around its file, and text fields beside it.
_AROUND = 4 << 20
#: A file is read past, to answer properly, up to this often the largest that is taken.
_READ_PAST = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a learner hands in now: this attempt, within these rules."""

    activity: Activity
    attempt: Attempt
    rules: Rules


@with_launch("GET", "HEAD", "POST", reads=False)
def show(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """The form; a post hands in, and shows the receipt."""
    refuse_instructors(record)
    desk = _desk_of(record)
    if desk is None:
        return _nothing_to_hand_in(request)
    if request.method != "POST":
        refuse_nul(request)
        return _form(request, record, desk)
    try:
        document = _take(request, desk)
    except NotTaken as refusal:
        if _is_script(request):
            return JsonResponse({"problems": [str(each) for each in refusal.problems]}, status=refusal.status)
        return _form(request, record, desk, problems=refusal.problems, typed=request.POST)
    address = reverse("document", kwargs={"access": access_of(request), "document": document.pk})
    if _is_script(request):
        return JsonResponse({"see": f"{address}?done=handed-in"})
    return see("document", request, "?done=handed-in", document=document.pk)


def _desk_of(record: LaunchRecord) -> Desk | None:
    """None where there is nothing to hand in now: the learner's page says why."""
    placement = placements.placement_of(record)
    activity, attempt = placement.activity, placement.attempt
    if activity is None or not takes_documents(activity):
        raise CannotOpen("takes_no_documents", _("Nothing can be handed in here."))
    if attempt is None or attempt.state not in UNFINISHED:
        return None
    return Desk(activity, attempt, rules_of(activity, attempt))


def _take(request: HttpRequest, desk: Desk) -> Document:
    """Let the body arrive, now that it is known whose it is, and hand in what it brought. Raises ``NotTaken``."""
    with Arrival(desk.attempt, desk.rules) as arrival:
        _let_arrive(request, arrival)
        if request.POST.get("whole") != "yes":
            raise NotTaken("cut", _("The document did not arrive as a whole. Please try again."))
        return handing_in.hand_in(
            arrival, desk.rules, title=request.POST.get("title", ""), text=request.POST.get("text", "")
        )


def _let_arrive(request: HttpRequest, arrival: Arrival | None) -> None:
    """Read the body; of a file what ``arrival`` wants, and nothing where there is none."""
    request.upload_handlers = [uploads.OneFile(arrival, _READ_PAST * settings.DOCUMENT_BYTES + _AROUND)]
    refuse_nul(request)


def _nothing_to_hand_in(request: HttpRequest) -> HttpResponse:
    """Such as after a receipt that a broken line kept from its reader: the learner's page has it."""
    if request.method == "POST":
        _let_arrive(request, None)
        if _is_script(request):
            return JsonResponse({"see": reverse("learner", kwargs={"access": access_of(request)})})
    return see("learner", request)


def _form(
    request: HttpRequest,
    record: LaunchRecord,
    desk: Desk,
    *,
    problems: object = (),
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    rules = desk.rules
    attempt = desk.attempt
    lines = own.handed_in(attempt.learner, attempt.resource_link)
    values = {
        "access": access_of(request),
        "activity": desk.activity,
        "rules": rules,
        "provider": provider_of(desk.activity.account.provider).label,
        "types": sorted(rules.media_types),
        "accept": ",".join(f".{suffix}" for suffix in sorted(rules.media_types)),
        "takes_text": writes(rules),
        "left": left(attempt, desk.activity),
        "handed_in": lines,
        "counts": own.that_counts(lines),
        "return_url": way_back(record),
        "is_late": is_late(rules),
        "problems": problems,
        "typed": typed or {},
    }
    return render_inside(request, record, "pages/documents/hand_in.html", values, status=422 if problems else 200)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"
