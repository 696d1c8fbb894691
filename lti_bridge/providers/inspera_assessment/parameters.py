"""What may be stored in an activity: which test, or the template it is made from, and what its grades mean."""

from collections.abc import Mapping
from typing import Any

from lti_bridge.providers.inspera_assessment.values import MOMENT, SWITCH, TEXT, WORDS
from lti_bridge.providers.kinds import ID, TABLE, whole
from lti_bridge.providers.operations import Kind

#: Of a test that is made at the first opening of a link.
OF_NEW_TEST: dict[str, Kind] = {
    "title": TEXT,
    "startTime": MOMENT,
    "endTime": MOMENT,
    "duration": whole(1, 100_000),
}
#: Which test, or how it is made.
OF_COURSE: dict[str, Kind] = {
    "test_id": ID,
    "sourceTemplateId": ID,
    **OF_NEW_TEST,
    "testOptions": TABLE,
    "activate": SWITCH,
}
_TAKE: dict[str, Kind] = {
    **OF_COURSE,
    "extra_time_from_launch": SWITCH,
    "send_provisional": SWITCH,
    "absent_scores_zero": SWITCH,
    "contributor_roles": WORDS,
    "custom": TABLE,
}
_OPEN: dict[str, Kind] = {"test_id": ID, "contributor_roles": WORDS, "custom": TABLE}
PARAMETERS: dict[str, dict[str, Kind]] = {
    "take_test": _TAKE,
    "view_results": {"test_id": ID},
    "open_test": _OPEN,
    "enrol_course": OF_COURSE,
}
#: The custom parameter of a launch with a learner's extra time in minutes.
EXTRA_TIME = "extraTimeMins"
MINUTES = whole(0, 1440)


def problems_of(action: str, parameters: Mapping[str, Any], *, has_api: bool) -> list[str]:
    """What is wrong with what is stored."""
    known = PARAMETERS[action]
    problems = [
        f"{name} is not a parameter of {action}" if name not in known else f"{name} must be {known[name].words}"
        for name, value in parameters.items()
        if name not in known or known[name].read(value) is None
    ]
    if action != "take_test":
        return problems
    if "test_id" in parameters and "sourceTemplateId" in parameters:
        problems.append("test_id and sourceTemplateId cannot both be given")
    if has_api and not parameters.keys() & {"test_id", "sourceTemplateId"}:
        problems.append("test_id or sourceTemplateId is missing")
    if not has_api and "sourceTemplateId" in parameters:
        problems.append("sourceTemplateId needs the API: client_id and code of the account")
    return problems


def is_on(parameters: Mapping[str, Any], name: str) -> bool:
    """Whether a switch is on."""
    return str(SWITCH.read(parameters.get(name, False))) == "true"
