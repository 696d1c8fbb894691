"""LTI 1.3 deep linking: the signed answer with the links that an instructor chose (Deep Linking 2.0 §3, §4.5)."""

import secrets
import time
from collections.abc import Collection, Sequence
from typing import Any

from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem

from lti_bridge import jose, signing_keys
from lti_bridge.launch import our_tool
from lti_bridge.launch.launch import Selection
from lti_bridge.models import Activity, Deployment

#: Seconds that an answer may take from here to the LMS, by way of the browser.
LIFETIME = 240
#: Our clock may be ahead, and Moodle takes no token from the future.
BACKDATED = 5
#: What a gradebook column of ours counts to, and what it is found again by.
SCORE_MAXIMUM = 100
TAG = "lti-bridge"

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_FRAME = {"width": 1000, "height": 800}


def deep_linking_response(
    selection: Selection,
    deployment: Deployment,
    activities: Sequence[Activity],
    *,
    ungraded: Collection[Activity] = (),
    cancelled: bool = False,
) -> tuple[str, dict[str, str]]:
    """The signed answer: where the browser posts it, and its fields. No activity, or ``cancelled``: no items.

    Only the first activity is sent to an LMS that accepts one. ``ungraded``: those that need no column.
    """
    chosen = () if cancelled else activities if selection.accepts_multiple else activities[:1]
    items = [_item(selection, activity, graded=activity not in ungraded) for activity in chosen]
    return _signed(selection, deployment, {f"{_DL}content_items": items})


def refused_response(
    selection: Selection, deployment: Deployment, *, sentence: str, log: str, is_error: bool = True
) -> tuple[str, dict[str, str]]:
    """The signed answer that says why there is nothing to choose; ``log`` is for the LMS's own log.

    ``is_error``: whether it went wrong, or the LMS only asked for what we do not have.
    """
    kind = "error" if is_error else ""
    said = {f"{_DL}content_items": [], f"{_DL}{kind}msg": sentence, f"{_DL}{kind}log": log}
    return _signed(selection, deployment, said)


def _signed(selection: Selection, deployment: Deployment, said: dict[str, Any]) -> tuple[str, dict[str, str]]:
    registration, now = deployment.registration, int(time.time())
    claims = {
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": now - BACKDATED,
        "exp": now + LIFETIME,
        "nonce": secrets.token_urlsafe(24),
        f"{_LTI}deployment_id": deployment.deployment_id,
        f"{_LTI}message_type": "LtiDeepLinkingResponse",
        f"{_LTI}version": "1.3.0",
        **said,
    }
    if selection.data:
        claims[f"{_DL}data"] = selection.data
    signer = signing_keys.signer(signing_keys.Side.TOOL)
    return selection.return_url, {"JWT": jose.sign(claims, signer.key, signer.kid)}


def _item(selection: Selection, activity: Activity, *, graded: bool) -> dict[str, Any]:
    # The custom parameter names the activity, so that the address is the one the LMS has registered.
    link = DeepLinkResource().set_title(activity.title).set_url(our_tool.addresses().launch)
    link.set_custom_params({"activity": activity.slug})
    if graded and selection.accepts_line_item is not False:
        link.set_lineitem(_line_item(activity))
    item: dict[str, Any] = link.to_dict()
    if activity.description:
        item["text"] = activity.description
    if "window" in selection.document_targets:
        # Providers may refuse to be framed.
        item["window"] = {"targetName": "_blank"}
    elif "iframe" in selection.document_targets:
        item["iframe"] = _FRAME
    return item


def _line_item(activity: Activity) -> LineItem:
    column = LineItem().set_label(activity.title).set_score_maximum(SCORE_MAXIMUM)
    return column.set_resource_id(activity.slug).set_tag(TAG)
