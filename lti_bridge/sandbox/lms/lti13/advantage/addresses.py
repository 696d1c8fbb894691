"""Addresses of the services, with the tool in their query, as Moodle writes them."""

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.lms.launches import COURSE
from lti_bridge.sandbox.models import LineItem, Lti13Tool


def line_items_url(tool: Lti13Tool) -> str:
    """All columns of the course that the tool may see."""
    return f"{lms_url('sandbox-lms13-line-items', COURSE['context_id'])}?type_id={tool.pk}"


def line_item_url(item: LineItem) -> str:
    """One column; also its id."""
    return f"{lms_url('sandbox-lms13-line-item', COURSE['context_id'], item.pk)}?type_id={item.tool_id}"


def results_url(item: LineItem, user_id: str) -> str:
    """The result of one person; its id."""
    return f"{lms_url('sandbox-lms13-results', COURSE['context_id'], item.pk)}?type_id={item.tool_id}&user_id={user_id}"


def memberships_url(tool: Lti13Tool) -> str:
    """The members of the course."""
    return lms_url("sandbox-lms13-members", COURSE["context_id"], tool.pk)
