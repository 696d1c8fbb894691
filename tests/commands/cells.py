"""Cells for the tests of commands: Alice's and Bob's, at one link."""

from typing import Any

from lti_bridge.models import Cell, Context, Learner, ResourceLink
from tests.world import ALICE, SERVICE_URL, World


def make_cell(world: World, user_id: str = "alice-1", **fields: Any) -> Cell:
    """A cell with an address; ``fields`` say what it holds."""
    course, _ = Context.objects.get_or_create(platform=world.platform, context_id="course-history", label="HIS")
    link, _ = ResourceLink.objects.get_or_create(context=course, resource_link_id="link-1", title="Excel test")
    learner = Learner.objects.create(
        platform=world.platform,
        user_id=user_id,
        full_name=ALICE["lis_person_name_full"],
        email=ALICE["lis_person_contact_email_primary"],
    )
    address = {"lti11": world.lti11, "outcome_service_url": SERVICE_URL, "result_sourcedid": f"sourcedid-{user_id}"}
    return Cell.objects.create(learner=learner, resource_link=link, platform=world.platform, **address | fields)
