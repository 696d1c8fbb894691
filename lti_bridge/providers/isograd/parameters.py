"""Isograd's actions and their parameters, as its document lists them, and what may be stored in an activity.

What is stored is chosen by administrators; what is sent is chosen here. No stored parameter and no launch adds an
action or a name that these tables do not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Activity
from lti_bridge.providers.isograd.values import FLAG, ID, LANGUAGE, TEXT, number, one_of
from lti_bridge.providers.operations import Kind

# --- the document's tables ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``default``: sent when nothing is stored. ``sent``: whether it is for Isograd at all."""

    kind: Kind
    required: bool = False
    default: str = ""
    sent: bool = True


EVERY_ACTION = {"sub_com_id": Parameter(ID)}

CREATE_CANDIDATE = {
    # Required, and LTI has no such field; 3 is "not provided".
    "gen_id": Parameter(number(1, 3), default="3"),
    "lan_id": Parameter(LANGUAGE),
    "dep_id": Parameter(ID),
    "ext_dep_id": Parameter(TEXT),
    "no_psw_rst": Parameter(FLAG),
    "job_id": Parameter(ID),
    "xtr_tim_fac": Parameter(number(0, 1000)),
}
ADD_TEST = {
    "tst_frm_id": Parameter(ID, required=True),
    "nee_ful_scr": Parameter(FLAG),
    "ses_id": Parameter(ID),
    "add_pro": Parameter(FLAG),
    "max_num_tst": Parameter(number(1, 1000)),
    # "every X day(s)": the document does not say how it is written.
    "max_num_tst_per": Parameter(TEXT),
    "cpf_id": Parameter(TEXT),
    "nb_test_by_credit": Parameter(one_of(2, 3, 4)),
    # Ours: which kind of grade the test gives.
    "gra_typ_id": Parameter(one_of(1, 2, 3, 4, 5, 15), sent=False),
}
REPORT = {"tst_frm_id": Parameter(ID, required=True), "lan_id": Parameter(LANGUAGE)}

#: ``act_id`` → what may be stored for it, by LTI. Log in as an administrator (13) is not among them, and must never be.
PARAMETERS: dict[str, dict[str, Parameter]] = {
    "2": EVERY_ACTION | ADD_TEST,
    "6": EVERY_ACTION | REPORT,
    "8": EVERY_ACTION | CREATE_CANDIDATE | ADD_TEST,
    "9": EVERY_ACTION | ADD_TEST,
    "38": EVERY_ACTION,
}
#: ``act_id`` → what we fill in at each opening; a stored value of the same name wins.
FILLED: dict[str, tuple[str, ...]] = {
    "2": ("redirect", "rtn_pag", "cal_bac_pag"),
    "6": ("redirect", "lan_id", "pla_tst_id"),
    "8": ("redirect", "rtn_pag", "cal_bac_pag", "ext_id", "lan_id"),
    "9": ("redirect", "rtn_pag", "cal_bac_pag"),
    "38": (),
}
#: Our actions → their ``act_id``, the default first; none for what LTI does not give us.
ACTIONS: dict[str, tuple[str, ...]] = {
    "take_test": ("8", "2"),
    "take_new_test": ("9",),
    "view_report_pdf": ("6",),
    "candidate_space": ("38",),
    "view_results": (),
    "confirmation_test": (),
    "admin_space": (),
}
#: Older names that stored parameters may still have.
FORMER_NAMES = {"rea_tst_id": "tst_frm_id"}
#: Names that nobody may store, and why.
RESERVED = {
    "ema": "comes from the launch",
    "fst_nam": "comes from the launch",
    "lst_nam": "comes from the launch",
    "ext_id": "is our own id of the learner",
    "pla_tst_id": "belongs to one attempt of one learner",
    "rtn_pag": "is an address of ours",
    "cal_bac_pag": "is an address of ours",
    "redirect": "is always 1",
    "html": "is never sent",
    "psw": "is a password, and an activity's parameters are kept readable; let candidates choose their own at Isograd",
}
#: The language of a locale → Isograd's language code.
LANGUAGES = {"fr": "1", "en": "2", "de": "3", "nl": "4", "es": "5", "it": "6", "el": "7", "ar": "8"}

# --- reading what is stored -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """An activity's parameters as they were read, in Isograd's present names, and what is wrong with them."""

    act_id: str
    values: dict[str, str]
    problems: list[str]
    known: Mapping[str, Parameter] = field(default_factory=dict)

    def to_send(self) -> dict[str, str]:
        """What Isograd is sent of them, with the defaults of what is not stored."""
        values = {name: self.values.get(name, each.default) for name, each in self.known.items() if each.sent}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Tables:
    """What one kind of connection gives. ``actions``: ours → their ``act_id``, the default first."""

    actions: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Mapping[str, Parameter]]


BY_LTI = Tables(ACTIONS, PARAMETERS)


def read_stored(action: str, parameters: Mapping[str, Any], tables: Tables = BY_LTI) -> Stored:
    """Read the stored parameters of an activity against the tables."""
    act_id, problems = _read_act_id(action, parameters, tables.actions[action])
    known = tables.parameters.get(act_id)
    if known is None:
        return Stored(act_id, {}, problems)
    values: dict[str, str] = {}
    for stored_as, value in parameters.items():
        name = FORMER_NAMES.get(stored_as, stored_as)
        if name == "act_id":
            continue
        text, problem = read_one(known, name, value)
        if not problem and values.setdefault(name, text) != text:
            problem = f"{' and '.join(each for each in FORMER_NAMES if each in parameters)} and {name} differ"
        problems += [problem] if problem else []
    current = {FORMER_NAMES.get(name, name) for name in parameters}
    problems += [f"{name} is missing" for name, each in known.items() if each.required and name not in current]
    if "dep_id" in values and "ext_dep_id" in values:
        problems.append("dep_id and ext_dep_id cannot both be given")
    return Stored(act_id, values, problems, known)


def read_activity(activity: Activity, tables: Tables = BY_LTI) -> Stored:
    """An activity's stored parameters, checked again: what was refused at configuration is never sent.

    Raises ``CannotOpen``.
    """
    known = activity.action in tables.actions
    stored = read_stored(activity.action, activity.parameters, tables) if known else Stored("", {}, ["unknown action"])
    if stored.problems:
        raise CannotOpen(
            "activity_incomplete",
            _("This test cannot be opened yet: its set-up is not complete."),
            _("Please tell your teacher."),
            detail=f"activity {activity.slug}: {'; '.join(stored.problems)}",
        )
    return stored


def _read_act_id(action: str, parameters: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[str, list[str]]:
    if not allowed:
        return "", [f"{action} needs connection = api"]
    given = str(parameters.get("act_id", allowed[0])).strip()
    if given in allowed:
        return given, []
    return allowed[0], [f"act_id of {action} must be {' or '.join(allowed)}"]


def read_one(known: Mapping[str, Parameter], name: str, value: Any) -> tuple[str, str]:
    """The text to send and what is wrong; one of the two is empty."""
    if name in RESERVED:
        return "", f"{name} cannot be stored: it {RESERVED[name]}"
    if name not in known:
        return "", f"{name} is not a parameter of this action"
    text = known[name].kind.read(value)
    return ("", f"{name} must be {known[name].kind.words}") if text is None else (text, "")
