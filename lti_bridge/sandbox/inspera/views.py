"""The pretend Inspera's pages. Which test opens is a matter of the resource link; who sits it, of ``sub``."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lti_bridge.sandbox import signed
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.inspera import webhooks
from lti_bridge.sandbox.inspera.questions import QUESTIONS, marks_of
from lti_bridge.sandbox.models import InsperaRecord, InsperaSitting
from lti_bridge.sandbox.signed import NotBelieved
from lti_bridge.sandbox.strangers import provider_page
from lti_bridge.sandbox.tool13 import launches, results
from lti_bridge.sandbox.tool13.launches import Destination, Launched
from lti_bridge.sandbox.tool13.registration import INSPERA


@provider_page
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """The one LTI address: a log-in goes on to the platform, an id_token to the test."""
    try:
        if launches.is_login(request.POST):
            return HttpResponseRedirect(launches.begin(INSPERA, request.POST))
        sitting = _sitting(launches.believe(INSPERA, request.POST))
    except NotBelieved as reason:
        return _page(request, "error", status=401, text=str(reason))
    return redirect("sandbox-inspera-player", sitting.key)


@provider_page
@require_GET
def keys(_request: HttpRequest) -> HttpResponse:
    """The public key of client assertions."""
    return JsonResponse(signed.key_set(INSPERA.party))


@provider_page
@require_http_methods(["GET", "POST"])
def player(request: HttpRequest, key: str) -> HttpResponse:
    """The questions, and handing in the answers, once."""
    sitting = get_object_or_404(InsperaSitting, key=key)
    if request.method == "POST":
        marks = marks_of([request.POST.get(f"question-{number}", "") for number in range(1, len(QUESTIONS) + 1)])
        handed_in = InsperaSitting.objects.filter(pk=sitting.pk, marks=None)
        if handed_in.update(marks=marks, submitted_at=timezone.now()):
            sitting.refresh_from_db()
            _tell(sitting, marks)
        return redirect("sandbox-inspera-done", key)
    if sitting.marks is not None:
        return redirect("sandbox-inspera-done", key)
    return _page(request, "player", sitting=sitting, questions=QUESTIONS)


@provider_page
@require_GET
def done(request: HttpRequest, key: str) -> HttpResponse:
    """What the candidate sees afterwards, and at each later launch."""
    sitting = get_object_or_404(InsperaSitting, key=key, marks__isnull=False)
    return _page(request, "done", sitting=sitting, maximum=len(QUESTIONS))


@provider_page
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What Inspera's staff would see: every sitting, and what became of its messages."""
    return _page(request, "desk", sittings=InsperaSitting.objects.order_by("-pk")[:100], maximum=len(QUESTIONS))


def _sitting(launched: Launched) -> InsperaSitting:
    """The sitting of that person and link; where its result goes is renewed at each launch."""
    to = launched.destination
    external_id = f"{INSPERA.deployment_id}{to.user_id}"
    title = launched.text("resource_link", "title") or "Untitled"
    sitting, _made = InsperaSitting.objects.update_or_create(
        client_id=to.client_id,
        external_id=external_id,
        resource_link_id=launched.text("resource_link", "id"),
        defaults={
            "user_id": to.user_id,
            "title": title,
            "test_id": _assigned_test(external_id, title),
            "name": str(launched.claims.get("name", "")),
            "line_item_url": to.line_item_url,
            "outcome_service_url": to.outcome_service_url,
            "result_sourcedid": to.result_sourcedid,
            "return_url": launched.text("launch_presentation", "return_url"),
        },
    )
    return sitting


def _assigned_test(external_id: str, title: str) -> str:
    """The test that the API assigned somebody to: the one of that title, else the newest; empty without any."""
    rows = InsperaRecord.objects.filter(kind="candidate", data__externalId=external_id).order_by("-pk")
    ids = [str(row.data["test"]) for row in rows]
    titled = InsperaRecord.objects.filter(kind="test", pk__in=ids, data__title=title).first()
    return str(titled.pk) if titled else next(iter(ids), "")


def _tell(sitting: InsperaSitting, marks: int) -> None:
    def note(line: str) -> None:
        sitting.messages += f"{line}\n"
        sitting.save(update_fields=["messages"])

    to = Destination(
        sitting.client_id,
        sitting.user_id,
        sitting.line_item_url,
        sitting.outcome_service_url,
        sitting.result_sourcedid,
    )
    faults = Faults()
    results.tell(to, marks, len(QUESTIONS), faults=faults, note=note)
    webhooks.tell(sitting, "confirm_final_grades", faults=faults, note=note)


def _page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    return render(request, f"sandbox/inspera/{name}.html", values, status=status)
