"""The pretend Originality's pages: reports, and the desk where its staff moves documents on."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from lti_bridge.sandbox.models import OriginalityDocument
from lti_bridge.sandbox.models.originality import Step
from lti_bridge.sandbox.originality import progress, telling
from lti_bridge.sandbox.originality.api import REPORT_SALT
from lti_bridge.sandbox.strangers import provider_page

#: Seconds that the address of a report opens it.
LIFE = 300
_FOUND = ("similarity", "translation_similarity", "ai_index")


@provider_page
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, key: str) -> HttpResponse:
    """A report, for whoever has its address of now: to be read, or to be changed."""
    document = progress.now_at(get_object_or_404(OriginalityDocument, key=key))
    try:
        whose, mode = signing.loads(request.GET.get("pass", ""), salt=REPORT_SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError):
        whose, mode = "", ""
    if whose != key:
        return _page(request, "error", status=403, text="This address of the report is no longer good.")
    if request.method == "POST":
        if mode != "edit":
            return _page(request, "error", status=403, text="This report can only be read.")
        progress.move(document, Step.CHANGED, similarity=_percent(request.POST.get("similarity", "")))
        return redirect(request.get_full_path())
    return _page(request, "report", document=document, risk=telling.risk_of(document), mode=mode)


@provider_page
@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """What Inspera's staff would see: every document. It can be moved on by hand."""
    if request.method == "POST":
        document = get_object_or_404(OriginalityDocument, document_id=request.POST.get("document", ""))
        _move(document, request.POST.dict())
        return redirect("sandbox-originality")
    documents = [progress.now_at(each) for each in OriginalityDocument.objects.order_by("-pk")[:100]]
    return _page(request, "desk", documents=documents, steps=Step.values)


@provider_page
@require_http_methods(["GET", "POST"])
def documents_json(request: HttpRequest) -> HttpResponse:
    """The same for tests: all documents, the oldest first; a post with ``document``, ``step`` and what is found moves
    one on (without ``document``: the newest).
    """
    if request.method == "POST":
        told = request.POST.dict()
        rows = OriginalityDocument.objects.order_by("-pk")
        document = rows.filter(document_id=told["document"]).first() if "document" in told else rows.first()
        if document is None or told.get("step") not in Step.values:
            return JsonResponse({"error": "document and step are needed"}, status=400)
        _move(document, told)
    return JsonResponse([_told(progress.now_at(each)) for each in OriginalityDocument.objects.all()], safe=False)


def _move(document: OriginalityDocument, told: dict[str, str]) -> None:
    found = {name: _percent(told[name]) for name in _FOUND if told.get(name)}
    progress.move(document, Step(told["step"]), **found)


def _percent(text: str) -> int:
    return min(int(text), 100) if text.isdecimal() else 0


def _told(document: OriginalityDocument) -> dict[str, Any]:
    return {
        "documentId": str(document),
        "profile": document.profile,
        "step": document.step,
        "contents": document.contents,
        "size": document.size,
        "sha256": document.sha256,
        "told": document.told,
    } | {name: getattr(document, name) for name in _FOUND}


def _page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    return render(request, f"sandbox/originality/{name}.html", values, status=status)
