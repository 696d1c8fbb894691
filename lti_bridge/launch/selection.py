"""LTI 1.1 content items: an instructor chooses activities, the LMS makes links of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from lti_bridge import oauth1
from lti_bridge.errors import BridgeError
from lti_bridge.launch.addresses import can_be_signed, is_safe_return
from lti_bridge.launch.launch import Message, Selection
from lti_bridge.launch.parameters import MESSAGES
from lti_bridge.models import Activity, LaunchRecord, Lti11Registration

MEDIA_TYPE = "application/vnd.ims.lti.v1.ltilink"
_CONTEXT = "http://purl.imsglobal.org/ctx/lti/v1/ContentItem"
_NORMAL_SCORE = "http://purl.imsglobal.org/ctx/lis/v2p1/Result#normalScore"
_REQUIRED = ("accept_media_types", "accept_presentation_document_targets", "content_item_return_url")
_ACCEPTED = frozenset((MEDIA_TYPE, "application/*", "*/*"))


@dataclass(frozen=True, slots=True)
class RefusedSelection:
    """A request to choose content whose signature held, and which is refused: the LMS gets a signed answer."""

    record: LaunchRecord
    selection: Selection
    refusal: BridgeError


def can_be_answered(fields: Mapping[str, str]) -> bool:
    """Whether a believed message asks for content, at an address where a signed answer may go."""
    asks = MESSAGES.get(fields.get("lti_message_type", "")) is Message.SELECTION
    url = fields.get("content_item_return_url", "").strip()
    return asks and is_safe_return(url) and can_be_signed(url)


def why_not(fields: Mapping[str, str]) -> tuple[str, str]:
    """The reason code that keeps us from answering this request, and what it is about; both empty when we can."""
    missing = [name for name in _REQUIRED if not fields.get(name, "").strip()]
    if missing:
        return "selection_incomplete", " ".join(missing)
    if not is_safe_return(fields["content_item_return_url"]):
        return "selection_return_refused", "content_item_return_url"
    if not can_be_signed(fields["content_item_return_url"].strip()):
        return "selection_return_unusable", "content_item_return_url"
    if not _ACCEPTED.intersection(_list(fields["accept_media_types"])):
        return "links_not_accepted", "accept_media_types"
    return "", ""


def read_selection(fields: Mapping[str, str]) -> Selection:
    """What the LMS wants, from a request that :func:`can_be_answered`."""
    return Selection(
        return_url=fields["content_item_return_url"].strip(),
        data=fields.get("data", ""),
        accepts_multiple=fields.get("accept_multiple", "").strip().lower() == "true",
        accepts_line_item=fields.get("accept_lineitem", "").strip().lower() != "false",
        document_targets=tuple(_list(fields.get("accept_presentation_document_targets", ""))),
    )


def selection_of(record: LaunchRecord) -> Selection | None:
    """What the LMS wanted at an earlier launch; None when that launch asked for something else."""
    kept = record.details.get("selection")
    return Selection(**(kept | {"document_targets": tuple(kept["document_targets"])})) if kept else None


def content_item_response(
    selection: Selection,
    registration: Lti11Registration,
    activities: Sequence[Activity],
    *,
    ungraded: Collection[Activity] = (),
    cancelled: bool = False,
) -> tuple[str, dict[str, str]]:
    """The signed answer: where the browser posts it, and its fields. No activity, or ``cancelled``: no items.

    Only the first activity is sent to an LMS that accepts one. ``ungraded``: those that need no column.
    """
    fields = {}
    chosen = () if cancelled else activities if selection.accepts_multiple else activities[:1]
    if chosen:
        graph = [_item(selection, activity, graded=activity not in ungraded) for activity in chosen]
        fields["content_items"] = json.dumps({"@context": _CONTEXT, "@graph": graph})
    return _signed(selection, registration, fields)


def refused_response(
    selection: Selection, registration: Lti11Registration, *, sentence: str, log: str
) -> tuple[str, dict[str, str]]:
    """The signed answer that says why there is nothing to choose; ``log`` is for the LMS's own log."""
    return _signed(selection, registration, {"lti_errormsg": sentence, "lti_errorlog": log})


def _signed(
    selection: Selection, registration: Lti11Registration, said: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    fields = {"lti_message_type": "ContentItemSelection", "lti_version": "LTI-1p0", **said}
    if selection.data:
        fields["data"] = selection.data
    signed = oauth1.sign_form(
        selection.return_url,
        fields,
        key=registration.consumer_key,
        secret=registration.shared_secret,
        method=registration.signature_method,
    )
    return selection.return_url, signed


def _item(selection: Selection, activity: Activity, *, graded: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "@type": "LtiLinkItem",
        "mediaType": MEDIA_TYPE,
        # The custom parameter names the activity, so that the address is the one the LMS has registered.
        "url": settings.PUBLIC_ORIGIN + reverse("lti11-launch"),
        "custom": {"activity": activity.slug},
        "title": activity.title,
    }
    if activity.description:
        item["text"] = activity.description
    if "window" in selection.document_targets:
        # Providers may refuse to be framed.
        item["placementAdvice"] = {"presentationDocumentTarget": "window"}
    if graded and selection.accepts_line_item:
        item["lineItem"] = _line_item(activity)
    return item


def _line_item(activity: Activity) -> dict[str, Any]:
    return {
        "@type": "LineItem",
        "label": activity.title,
        "reportingMethod": _NORMAL_SCORE,
        "assignedActivity": {"activityId": activity.slug},
        "scoreConstraints": {"@type": "NumericLimits", "normalMaximum": 100},
    }


def _list(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip().lower())]
