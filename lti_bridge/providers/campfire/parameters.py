"""What an activity's parameters may be."""

from collections.abc import Mapping
from typing import Any

from lti_bridge.providers.campfire.values import ID

#: Action → its parameters; each is required.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "take_exam": ("exam_config_id",),
    "view_results": ("exam_config_id",),
    "class_results": ("exam_config_id",),
}


def problems_of(action: str, parameters: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parameters of a known action."""
    known = PARAMETERS[action]
    problems = [f"parameter {name} is not known" for name in parameters if name not in known]
    for name in known:
        if name not in parameters:
            problems.append(f"parameter {name} is missing")
        elif ID.read(parameters[name]) is None:
            problems.append(f"parameter {name} must be {ID.words}")
    return problems
