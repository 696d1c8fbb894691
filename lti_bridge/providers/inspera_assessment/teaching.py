"""What those who teach have in Inspera: the test opened there, and themselves among its contributors."""

from typing import Any

from lti_bridge.models import Activity, ProviderTest
from lti_bridge.providers import records
from lti_bridge.providers.actions import Action
from lti_bridge.providers.base import Opening
from lti_bridge.providers.inspera_assessment.client import PATIENT, ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of, renamed
from lti_bridge.providers.inspera_assessment.entering import external_id_of, way_in
from lti_bridge.providers.inspera_assessment.parameters import OF_COURSE
from lti_bridge.providers.inspera_assessment.settings import auth_type, has_api
from lti_bridge.providers.inspera_assessment.values import WORDS
from lti_bridge.providers.names import given_and_family


def open_test(opening: Opening) -> Action:
    """The browser of somebody who teaches goes to the test; where the activity says so, as a contributor."""
    test_id = test_of(opening)
    roles = WORDS.read(opening.activity.parameters.get("contributor_roles", "")) or []
    if opening.teaches and roles and test_id and has_api(opening.account):
        who = {"teacher": opening.learner, "resource_link": opening.resource_link}
        with records.recorded(opening.account, "add_contributors", **who):
            _add(opening, test_id, roles)
    return way_in(opening, test_id)


def besides(activity: Activity) -> dict[str, dict[str, Any]]:
    """What those who teach open from the roster of a test that learners take."""
    if activity.action != "take_test":
        return {}
    stored = activity.parameters
    test = {name: stored[name] for name in ("test_id",) if name in stored}
    roles = {name: stored[name] for name in ("contributor_roles",) if name in stored}
    made = {name: stored[name] for name in OF_COURSE if name in stored}
    with_api = {"enrol_course": made} if has_api(activity.account) else {}
    return {"open_test": test | roles, **with_api}


def test_of(opening: Opening) -> str:
    """The activity's test, else the one that was made for the link, else the newest made for one of its course."""
    if test_id := str(opening.activity.parameters.get("test_id", "")):
        return test_id
    rows = ProviderTest.objects.filter(account=opening.account).order_by("-pk")
    links = {"resource_link": opening.resource_link}, {"resource_link__context": opening.resource_link.context_id}
    found = (rows.filter(**link).values_list("provider_test_id", flat=True).first() for link in links)
    return str(next(filter(None, found), ""))


def _add(opening: Opening, test_id: str, roles: list[str]) -> None:
    account = opening.account
    given, family = given_and_family(opening.learner)
    row = {
        "externalId": external_id_of(account, opening.learner),
        "firstName": given,
        "lastName": family,
        "email": opening.learner.email.strip(),
        "sendNotification": False,
        "roles": roles,
    }
    body = {
        key_of(account, "contributors.authenticationSystem"): auth_type(account),
        key_of(account, "contributors.contributors"): [renamed(account, "contributor", row)],
    }
    ask(account, "add_contributors", {"test_id": test_id}, body=body, patience=PATIENT)
