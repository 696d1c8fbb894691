"""What providers' tools may ask for at our services."""

from lti_bridge.providers.actions import Lti13Tool

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM = f"{_AGS}lineitem"
LINE_ITEM_READ = f"{_AGS}lineitem.readonly"
RESULT_READ = f"{_AGS}result.readonly"
SCORE = f"{_AGS}score"
MEMBERSHIPS_READ = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome"

LINE_ITEM_SCOPES = (LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE)


def offered(tool: Lti13Tool) -> tuple[str, ...]:
    """The scopes that a tool may be granted."""
    return (
        *(LINE_ITEM_SCOPES if tool.line_items else ()),
        *((OUTCOME,) if tool.outcomes else ()),
        MEMBERSHIPS_READ,
    )
