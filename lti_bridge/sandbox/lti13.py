"""The words of LTI 1.3 that strangers use: claims, scopes, media types, and where the bridge's ends of it are."""

from urllib.parse import urlsplit, urlunsplit

from django.urls import reverse

from lti_bridge.sandbox.addresses import origins

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
OUTCOME_CLAIM = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
DEEP_LINKING_RESPONSE = "LtiDeepLinkingResponse"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
DATA_PRIVACY = "LtiDataPrivacyLaunchRequest"

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM = f"{_AGS}lineitem"
LINE_ITEM_READONLY = f"{_AGS}lineitem.readonly"
RESULT_READONLY = f"{_AGS}result.readonly"
SCORE = f"{_AGS}score"
MEMBERSHIP_READONLY = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
BASIC_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome"
AGS_SCOPES = (LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE)
SCOPES = (*AGS_SCOPES, MEMBERSHIP_READONLY)

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
OUTCOME_TYPE = "application/vnd.ims.lti.v1.outcome+xml"

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def bridge_address(path: str = "") -> str:
    """An address of the bridge as its documents write it. Strangers know no more of it than that."""
    return origins().bridge + reverse("front") + path


def bridge_issuer() -> str:
    """What the bridge calls itself toward providers' tools."""
    return bridge_address().rstrip("/")


def below(line_item_url: str, name: str) -> str:
    """``/scores`` or ``/results`` of a line item, put before its query (AGS 2.0 §3.4.1)."""
    parts = urlsplit(line_item_url)
    return urlunsplit(parts._replace(path=f"{parts.path}/{name}"))
