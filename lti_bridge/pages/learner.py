"""The learner's page: where the test stands, the result, and the one thing to do next."""

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge import flow, placements
from lti_bridge.delivery import limits
from lti_bridge.documents.rules import takes_documents
from lti_bridge.errors import CannotOpen, LaunchRejected, ProviderError
from lti_bridge.models import UNFINISHED, Activity, Attempt, AttemptState, Cell, CellState, LaunchRecord
from lti_bridge.pages import grade_addresses
from lti_bridge.pages.access import with_launch
from lti_bridge.pages.documents import own
from lti_bridge.pages.refused import note_not_opened, note_opened
from lti_bridge.pages.render import render_inside
from lti_bridge.pages.respond import respond
from lti_bridge.pages.words import ATTEMPT_TONES, CELL_TONES, GRADEBOOK_WORDS
from lti_bridge.placements import Placement

#: Seconds after which a page that waits for a result looks again.
LOOK_AGAIN = 60

#: attempt state → (headline, what it means for the learner)
_WORDS: dict[str, tuple[Promise, Promise]] = {
    "": (_("Ready when you are"), _("The test opens with the button below.")),
    AttemptState.CREATED: (_("Ready when you are"), _("The test opens with the button below.")),
    AttemptState.OPENED: (_("Your test is open"), _("Go on where you left off.")),
    AttemptState.STARTED: (_("You have begun"), _("Go on where you left off.")),
    AttemptState.SUBMITTED: (
        _("Handed in"),
        _("Your result is on its way. You may close this page; nothing gets lost."),
    ),
    AttemptState.MARKING: (
        _("Handed in, being marked"),
        _("A person marks your test. You may close this page; nothing gets lost."),
    ),
    AttemptState.GRADED: (_("Done"), _("Your test has been marked.")),
    AttemptState.CANCELLED: (_("This attempt was cancelled"), _("It does not count. You may begin again.")),
    AttemptState.FAILED: (_("Something went wrong with the test"), _("You may open it again.")),
}

#: Instead of a promise, when the gradebook cell needs somebody's hand.
_NO_PROMISE = _("You may close this page; nothing gets lost.")
_WAITING = (AttemptState.SUBMITTED, AttemptState.MARKING)
_MAY_OPEN = ("", *UNFINISHED, AttemptState.CANCELLED, AttemptState.FAILED)


@with_launch("GET", "HEAD")
def show(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """Where the learner stands."""
    refuse_instructors(record)
    placement = placements.placement_of(record)
    if placement.activity is None:
        values = {"heading": _("Not ready yet"), "text": _("Your teacher has not chosen what this link opens yet.")}
        return render_inside(request, record, "pages/message.html", values)
    template = "pages/documents/own.html" if takes_documents(placement.activity) else "pages/learner.html"
    return render_inside(request, record, template, _values(request, placement, placement.activity))


@with_launch("POST")
def open_test(request: HttpRequest, record: LaunchRecord) -> HttpResponse:
    """Open the test: begin, go on, or begin another attempt when the form says so."""
    refuse_instructors(record)
    placement = placements.placement_of(record)
    heading = placement.activity.title if placement.activity else ""
    try:
        action = flow.open_activity(placement, another=request.POST.get("another") == "yes")
        response = respond(request, action, record, heading=heading, person=placement.learner.display_name)
    except (CannotOpen, ProviderError) as refusal:
        note_not_opened(record, refusal.code)
        raise
    note_opened(record)
    return response


def refuse_instructors(record: LaunchRecord) -> None:
    """Raise ``LaunchRejected``: an attempt is graded, and no provider could tell a teacher's from a learner's."""
    if record.is_instructor:
        raise LaunchRejected(
            "not_a_learner",
            _("This is for learners: opening the test begins an attempt that is graded."),
            _("To look at the test yourself, open the link as a learner, or at the provider."),
        )


def _values(request: HttpRequest, placement: Placement, activity: Activity) -> dict[str, object]:
    attempt = placement.attempt
    cell = _cell(placement)
    state, documents = attempt.state if attempt else "", takes_documents(activity)
    headline, meaning = _WORDS[state]
    if state == AttemptState.SUBMITTED and cell and cell.state == CellState.NEEDS_ACTION:
        meaning = _NO_PROMISE
    return {
        "access": request.resolver_match.kwargs["access"] if request.resolver_match else "",
        "activity": activity,
        "attempt": attempt,
        "tone": ATTEMPT_TONES.get(state, ""),
        "headline": headline,
        "meaning": meaning,
        "may_open": state in _MAY_OPEN,
        "may_repeat": state == AttemptState.GRADED and _attempts_are_left(placement, attempt),
        "return_url": way_back(placement.record) if attempt and (state not in UNFINISHED or documents) else "",
        "refresh": LOOK_AGAIN if state in _WAITING or _travels(cell) else 0,
        **_result(cell, grade_addresses.for_learners(placement.record, cell)),
        **(own.values_of(placement, activity) if documents else {}),
    }


def _result(cell: Cell | None, no_way: str) -> dict[str, object]:
    """The result that counts and where it is, as far as the learner may see it. ``no_way``: why it goes nowhere."""
    if cell is None or not cell.has_result:
        return {"held": False, "gradebook": no_way}
    if cell.held:
        return {"held": True, "gradebook": GRADEBOOK_WORDS[CellState.HELD]}
    return {
        "held": False,
        "grade": cell.wanted_grade if cell.wanted_score is not None else None,
        "gradebook": no_way or GRADEBOOK_WORDS[cell.state],
        "gradebook_tone": CELL_TONES[cell.state],
        "limit": limits.in_words(cell, cell.wanted_score),
    }


def _cell(placement: Placement) -> Cell | None:
    cells = Cell.objects.filter(learner=placement.learner, resource_link=placement.link)
    return cells.select_related("wanted_grade__attempt").first()


def way_back(record: LaunchRecord) -> str:
    """The course's own address, as the launch told it; empty when it is none of the web."""
    url = str(record.details.get("return_url", ""))
    return url if url.startswith(("https://", "http://")) else ""


def _attempts_are_left(placement: Placement, attempt: Attempt | None) -> bool:
    allowed = placement.activity.max_attempts if placement.activity else 0
    return attempt is None or allowed == 0 or attempt.number < allowed


def _travels(cell: Cell | None) -> bool:
    return cell is not None and cell.state == CellState.PENDING
