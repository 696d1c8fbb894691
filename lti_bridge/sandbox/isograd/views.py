"""The pretend Isograd's pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lti_bridge.sandbox import signed
from lti_bridge.sandbox.isograd import credits
from lti_bridge.sandbox.isograd.actions import carry_out
from lti_bridge.sandbox.isograd.errors import IsogradError, NotSigned
from lti_bridge.sandbox.isograd.forms import FORMS, MAXIMUM, QUESTIONS, score_of
from lti_bridge.sandbox.isograd.launches import believe, believe13
from lti_bridge.sandbox.isograd.pdf import pdf_of
from lti_bridge.sandbox.isograd.results import tell, tell_result
from lti_bridge.sandbox.models import IsogradCandidate, IsogradTest
from lti_bridge.sandbox.signed import NotBelieved
from lti_bridge.sandbox.strangers import provider_page
from lti_bridge.sandbox.tool13 import launches
from lti_bridge.sandbox.tool13.registration import ISOGRAD


@provider_page
@require_POST
def lti(request: HttpRequest) -> HttpResponse:
    """The one LTI address, for 1.1, 1.3 and its log-ins: believe, carry out, answer as the parameters ask."""
    try:
        if launches.is_login(request.POST):
            return HttpResponseRedirect(launches.begin(ISOGRAD, request.POST))
        asked = believe13(request.POST) if "state" in request.POST else believe(request.body)
        answer = carry_out(asked)
    except (NotBelieved, NotSigned) as reason:
        return _page(request, "error", status=401, code="LTI", text=str(reason))
    except IsogradError as error:
        return _page(request, "error", status=400, code=error.code, text=str(error))
    if answer.always_redirects or asked.optional("redirect") == "1":
        return HttpResponseRedirect(answer.url)
    if asked.optional("html") == "1":
        return HttpResponse(format_html('<a class="isograd_start_test_button" href="{}">Start</a>', answer.url))
    return JsonResponse({"success": True, "error_message": None, answer.name: answer.url})


@provider_page
@require_GET
def keys(_request: HttpRequest) -> HttpResponse:
    """The public key of client assertions."""
    return JsonResponse(signed.key_set(ISOGRAD.party))


@provider_page
@require_http_methods(["GET", "POST"])
def test(request: HttpRequest, key: str) -> HttpResponse:
    """The questions, and handing in the answers."""
    sitting = get_object_or_404(IsogradTest.objects.select_related("candidate"), key=key)
    if request.method == "POST":
        given = [request.POST.get(f"question-{number}", "") for number in range(1, len(QUESTIONS) + 1)]
        if _hand_in(sitting, score_of(given)):
            tell(sitting)
        return redirect("sandbox-isograd-feedback", key)
    if sitting.is_over:
        return redirect("sandbox-isograd-feedback", key)
    IsogradTest.objects.filter(pk=sitting.pk).update(status=IsogradTest.Status.STARTED)
    return _page(request, "test", test=sitting, form=FORMS[sitting.tst_frm_id], questions=QUESTIONS)


@provider_page
@require_GET
def feedback(request: HttpRequest, key: str) -> HttpResponse:
    """What the candidate sees after the call back and before ``rtn_pag``."""
    over = (IsogradTest.Status.COMPLETED, IsogradTest.Status.MARKING)
    sitting = get_object_or_404(IsogradTest, key=key, status__in=over)
    return _page(request, "feedback", test=sitting, form=FORMS[sitting.tst_frm_id])


@provider_page
@require_GET
def report(request: HttpRequest, key: str) -> HttpResponse:
    """The report of a completed test, laid out as the PDF would be."""
    sitting = get_object_or_404(IsogradTest, key=key, status=IsogradTest.Status.COMPLETED)
    return _page(request, "report", test=sitting, form=FORMS[sitting.tst_frm_id])


@provider_page
@require_GET
def report_pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The report of a completed test as PDF."""
    sitting = get_object_or_404(IsogradTest, key=key, status=IsogradTest.Status.COMPLETED)
    who = f"{sitting.candidate.given_name} {sitting.candidate.family_name}"
    lines = (FORMS[sitting.tst_frm_id].title, who, f"{sitting.score} / {MAXIMUM}", f"Report {sitting.pk}")
    return HttpResponse(pdf_of(lines), content_type="application/pdf")


@provider_page
@require_GET
def candidate_space(request: HttpRequest, key: str) -> HttpResponse:
    """A candidate's tests and reports."""
    candidate = get_object_or_404(IsogradCandidate, key=key)
    tests = [(each, FORMS[each.tst_frm_id]) for each in candidate.tests.all()]
    return _page(request, "candidate", candidate=candidate, tests=tests)


@provider_page
@require_GET
def administration(request: HttpRequest) -> HttpResponse:
    """Whose log-in it is; without an address an alarm: somebody reached the log-in of administrators."""
    return _page(request, "administration", named=request.GET.get("as", ""))


@provider_page
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What Isograd's staff would see: every test, and what became of its messages."""
    tests = IsogradTest.objects.select_related("candidate").order_by("-pk")[:100]
    shown = [(each, FORMS[each.tst_frm_id]) for each in tests]
    return _page(request, "desk", tests=shown, credits=credits.left(), maximum=MAXIMUM)


@provider_page
@require_POST
def mark(request: HttpRequest, key: str) -> HttpResponse:
    """What a person who marks tests by hand does: gives the score."""
    sitting = get_object_or_404(IsogradTest, key=key, status=IsogradTest.Status.MARKING)
    given = request.POST.get("score", "")
    if given.isascii() and given.isdecimal() and int(given) <= MAXIMUM:
        marked = {"status": IsogradTest.Status.COMPLETED, "score": int(given)}
        if IsogradTest.objects.filter(pk=sitting.pk, status=IsogradTest.Status.MARKING).update(**marked):
            sitting.refresh_from_db()
            tell_result(sitting)
    return redirect("sandbox-isograd")


def _hand_in(sitting: IsogradTest, score: int) -> bool:
    """Hand a test in once: complete, or waiting for a person to mark it. False when it was over already."""
    by_hand = FORMS[sitting.tst_frm_id].is_marked_by_hand
    status = IsogradTest.Status.MARKING if by_hand else IsogradTest.Status.COMPLETED
    changed = (
        IsogradTest.objects.filter(pk=sitting.pk)
        .exclude(status__in=(IsogradTest.Status.COMPLETED, IsogradTest.Status.MARKING))
        .update(status=status, score=None if by_hand else score, completed_at=timezone.now())
    )
    sitting.refresh_from_db()
    return changed == 1


def _page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    return render(request, f"sandbox/isograd/{name}.html", values, status=status)
