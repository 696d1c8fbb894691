"""How the pretend Originality tells of a document: each generation in its own keys and its own way of writing."""

from typing import Any

from lti_bridge.sandbox.models import OriginalityDocument
from lti_bridge.sandbox.models.originality import Step

_RESULT = (Step.PROCESSED, Step.CHANGED)
#: The status that a poll and a webhook tell at each step.
STATUSES: dict[str, tuple[int, str]] = {
    Step.QUEUED: (0, "Document is still in the queue"),
    Step.PROCESSING: (-1, "Document is processing"),
    Step.PROCESSED: (1, "Document is processed"),
    Step.CHANGED: (3, "Document had some changes"),
    Step.FAILED: (2, "Something went wrong, please report this"),
}


def found_in(document: OriginalityDocument) -> dict[str, Any]:
    """The result as webhooks and the first generation tell it: percentages as text."""
    return {
        "similarity": f"{document.similarity}%",
        "translation_similarity": f"{document.translation_similarity}%",
        "AI_index": f"{document.ai_index}%",
        "originality": risk_of(document),
    }


def status_of(document: OriginalityDocument, status: int, message: str, *, conflicting: bool) -> dict[str, Any]:
    """The answer to a poll. ``conflicting``: 1 while it is processed, as the first document lists it."""
    if conflicting and status == -1:
        status = 1
    has_result = document.step in _RESULT
    if document.profile == "legacy":
        told: dict[str, Any] = {"Message": message, "Status": status}
        if has_result:
            # A poll never tells of changes: it tells what stands now.
            told |= {"Status": 1}
            found = found_in(document)
            told |= {"Similarity": found.pop("similarity"), **found}
        return told
    told = {"documentId": str(document), "message": message, "status": 1 if has_result else status}
    if has_result:
        told |= {
            "similarity": document.similarity,
            "translationSimilarity": document.translation_similarity,
            "ai_index": document.ai_index,
            "originality": risk_of(document),
            "originality_percentage": 100 - document.similarity,
            "hiddenText": 0,
            "imageAsText": 0,
            "characterReplacements": 0,
        }
    return told


def risk_of(document: OriginalityDocument) -> str:
    """In words: a high risk is a low originality."""
    highest = max(document.similarity, document.translation_similarity, document.ai_index)
    return "High risk" if highest >= 40 else "Medium risk" if highest >= 20 else "Low risk"
