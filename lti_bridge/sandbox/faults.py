"""Fault switches: what each pretend party can be told to do wrong. 0 is off."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from lti_bridge.sandbox.models import Fault


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch. ``unit``: percent (of requests, 100 is always), seconds or milliseconds."""

    name: str
    label: str
    unit: str


LMS_SWITCHES = (
    Switch("lms_error", "Outcome service answers 500", "percent"),
    Switch("lms_down", "Outcome service answers 503", "percent"),
    Switch("lms_hang", "Outcome service hangs before it does anything", "seconds"),
    Switch("lms_slow", "Outcome service is slow", "milliseconds"),
    Switch("lms_cut_before", "Outcome service hangs up before it does anything", "percent"),
    Switch("lms_cut_after", "Outcome service does its work, then hangs up", "percent"),
    Switch("lms_late_apply", "Outcome service hangs up at once and does its work this much later", "seconds"),
    Switch("lms_login_page", "Outcome service answers 200 with a log-in page", "percent"),
    Switch("lms_refuses_422", "Outcome service refuses with HTTP 422, as Canvas does", "percent"),
    Switch("lms_refuses_200", "Outcome service refuses with HTTP 200, as Moodle does", "percent"),
    Switch("lms_no_read", "Outcome service does not know readResult", "percent"),
    Switch("lms_clock_skew", "The LMS's clock is ahead when it launches", "seconds"),
)
PROVIDER_SWITCHES = (
    Switch("provider_no_outcome", "No outcome is sent", "percent"),
    Switch("provider_outcome_twice", "The outcome is sent twice", "percent"),
    Switch("provider_outcome_late", "The outcome is sent this much later", "seconds"),
    Switch("provider_wrong_signature", "The outcome is signed with a wrong secret", "percent"),
    Switch("provider_no_callback", "No call back", "percent"),
    Switch("provider_callback_twice", "The call back comes twice", "percent"),
    Switch("provider_clock_skew", "The provider's clock is ahead when it signs", "seconds"),
)
SWITCHES = {switch.name: switch for switch in (*LMS_SWITCHES, *PROVIDER_SWITCHES)}


class Faults:
    """The switches as they stand: one query, then as often asked as needed."""

    def __init__(self) -> None:
        self.values = dict.fromkeys(SWITCHES, 0.0) | dict(Fault.objects.values_list("name", "value"))

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def strikes(self, name: str) -> bool:
        """Whether a fault given in percent strikes this time."""
        return random.random() * 100 < self.values[name]


def switch(values: Mapping[str, float]) -> None:
    """Set some switches and leave the others. Raises ``KeyError`` for a name that is none."""
    for name, value in values.items():
        Fault.objects.update_or_create(name=SWITCHES[name].name, defaults={"value": value})


def switch_all_off() -> None:
    """Everybody behaves again."""
    Fault.objects.all().delete()
