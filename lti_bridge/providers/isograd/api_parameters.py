"""What activities of an account with ``connection = "api"`` are, and what may be stored in them.

A launch decides nothing, but one thing: an activity may list parameters (``from_launch``) whose values come from custom
parameters of the LMS's launch, such as extra time for one learner. Which ones can be listed stands here.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.providers.base import Opening
from lti_bridge.providers.isograd.parameters import (
    ADD_TEST,
    CREATE_CANDIDATE,
    EVERY_ACTION,
    LANGUAGES,
    REPORT,
    Parameter,
    Stored,
    Tables,
    read_one,
)
from lti_bridge.providers.isograd.values import ID
from lti_bridge.providers.operations import Kind

#: What a launch may say, where the activity lists it. Nothing here says who somebody is or what they may do.
LAUNCHABLE = (
    *("xtr_tim_fac", "gen_id", "lan_id", "job_id", "ext_dep_id"),
    *("ses_id", "add_pro", "nee_ful_scr", "max_num_tst", "max_num_tst_per", "cpf_id"),
)
FROM_LAUNCH = "from_launch"


def _read_names(value: Any) -> str | None:
    names = value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]
    return ",".join(names) if names and all(name in LAUNCHABLE for name in names) else None


NAMES = Kind(f"a list of some of: {', '.join(LAUNCHABLE)}", _read_names)

_TAKE = EVERY_ACTION | CREATE_CANDIDATE | ADD_TEST | {FROM_LAUNCH: Parameter(NAMES, sent=False)}
_ONE_TEST = EVERY_ACTION | {"tst_frm_id": Parameter(ID, required=True)}

BY_API = Tables(
    actions={
        "take_test": ("2", "8"),
        "take_new_test": ("9",),
        "view_results": ("4",),
        "view_report_pdf": ("6",),
        "candidate_space": ("38",),
        "confirmation_test": ("58",),
        "admin_space": ("13",),
    },
    parameters={
        "2": _TAKE,
        "8": _TAKE,
        "9": _TAKE,
        "4": EVERY_ACTION | REPORT,
        "6": EVERY_ACTION | REPORT,
        "38": EVERY_ACTION,
        "58": _ONE_TEST,
        "13": EVERY_ACTION,
    },
)
#: The names that act 1 takes, and those that act 2 and 9 take.
OF_CANDIDATE = frozenset(CREATE_CANDIDATE)
OF_TEST = frozenset(ADD_TEST)


def launchable(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The custom parameters that an activity takes from launches; none when what is stored is not right."""
    names = _read_names(parameters[FROM_LAUNCH]) if FROM_LAUNCH in parameters else None
    return tuple(names.split(",")) if names else ()


def values_of(opening: Opening, stored: Stored) -> dict[str, str]:
    """What Isograd is sent for an opening: what we fill in, what is stored, and what the launch may say.

    Raises ``CannotOpen`` for a value of the launch that is not what it must be: extra time must not get lost silently.
    """
    language = opening.locale.replace("_", "-").lower().partition("-")[0]
    filled = {"ext_id": opening.learner.opaque_id, "lan_id": LANGUAGES.get(language, "")}
    told = _told(opening, stored)
    values = {name: value for name, value in filled.items() if value} | stored.to_send() | told
    if "ext_dep_id" in told:
        values.pop("dep_id", None)
    if "dep_id" not in values:
        # One group per course. The id is ours: no id of an LMS leaves with it.
        values.setdefault("ext_dep_id", f"c.{opening.resource_link.context_id}")
    return values


def _told(opening: Opening, stored: Stored) -> dict[str, str]:
    """What the launch says in parameters that the activity lists."""
    told = {}
    for name in launchable(opening.activity.parameters):
        value = opening.custom.get(name, "").strip()
        if not value or value.startswith("$"):
            continue  # not given, or a variable that the LMS did not replace
        text, problem = read_one(stored.known, name, value)
        if problem:
            raise CannotOpen(
                "launch_parameter_wrong",
                _("Your course opens this test with a setting that the test does not understand."),
                _("Please tell your teacher: a custom parameter of the link is wrong."),
                detail=f"custom parameter: {problem}",
            )
        told[name] = text
    return told
