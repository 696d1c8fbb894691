"""Fault switches: what each pretend party can be told to do wrong, or in which manner it does things. 0 is off."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from lti_bridge.sandbox.models import Fault

MOODLE, CANVAS, OPENEDX = "moodle", "canvas", "openedx"


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch. ``unit``: percent (of requests, 100 is always), seconds, milliseconds or a number.

    ``choices``: it stands for one of these, by its place among them.
    """

    name: str
    label: str
    unit: str
    choices: tuple[str, ...] = ()


LMS_SWITCHES = (
    Switch("lms_manner", "Its grade service for LTI 1.3 answers in the manner of", "", (MOODLE, CANVAS, OPENEDX)),
    Switch("lms_offers_storage", "It offers to keep data for tools in frames (lti_storage_target)", "percent"),
    Switch("lms_canvas_submissions", "As Canvas: submissions that a student has; 0 is without limit", "number"),
    Switch("lms_error", "Grade services answer 500", "percent"),
    Switch("lms_down", "Grade services answer 503", "percent"),
    Switch("lms_hang", "Grade services hang before they do anything", "seconds"),
    Switch("lms_slow", "Grade services are slow", "milliseconds"),
    Switch("lms_cut_before", "Grade services hang up before they do anything", "percent"),
    Switch("lms_cut_after", "Grade services do their work, then hang up", "percent"),
    Switch("lms_late_apply", "Grade services hang up at once and take the grade this much later", "seconds"),
    Switch("lms_login_page", "Grade services answer 200 with a log-in page", "percent"),
    Switch("lms_throttles", "Grade service of LTI 1.3 answers 429 (as Canvas: 403)", "percent"),
    Switch("lms_conflicts", "Grade service of LTI 1.3 answers 409 to scores", "percent"),
    Switch("lms_refuses_422", "Outcome service refuses with HTTP 422, as Canvas does", "percent"),
    Switch("lms_refuses_200", "Outcome service refuses with HTTP 200, as Moodle does", "percent"),
    Switch("lms_no_read", "Outcome service does not know readResult", "percent"),
    Switch("lms_token_error", "Token endpoint answers 500", "percent"),
    Switch("lms_token_slow", "Token endpoint is slow", "milliseconds"),
    Switch("lms_token_page", "Token endpoint answers 404 with a page", "percent"),
    Switch("lms_token_forgotten", "Services answer 401, whatever the access token", "percent"),
    Switch("lms_keys_down", "Key set answers 503", "percent"),
    Switch("lms_keys_slow", "Key set is slow", "milliseconds"),
    Switch("lms_keys_rotated", "It signs with another key and shows only that one", "percent"),
    Switch("lms_clock_skew", "The LMS's clock is ahead when it launches", "seconds"),
    Switch("lms_token_expired", "id_token: ended an hour ago", "percent"),
    Switch("lms_wrong_nonce", "id_token: another nonce than was asked for", "percent"),
    Switch("lms_wrong_audience", "id_token: for another tool", "percent"),
    Switch("lms_storage_silent", "It offers to keep data for tools, and does not answer", "percent"),
)
PROVIDER_SWITCHES = (
    Switch("provider_by_outcome", "By LTI 1.3, the result goes to the Basic Outcomes service", "percent"),
    Switch("provider_marks_by_hand", "Marked by hand, which takes this long", "seconds"),
    Switch("provider_no_outcome", "No result is sent", "percent"),
    Switch("provider_outcome_twice", "The result is sent twice", "percent"),
    Switch("provider_outcome_late", "The result is sent this much later", "seconds"),
    Switch("provider_wrong_signature", "The result is signed with a wrong secret or key", "percent"),
    Switch("provider_older_score", "By LTI 1.3, an older score of 0 follows", "percent"),
    Switch("provider_wrong_line_item", "By LTI 1.3, the score goes to somebody else's line item", "percent"),
    Switch("provider_no_callback", "No call back", "percent"),
    Switch("provider_callback_twice", "The call back comes twice", "percent"),
    Switch("provider_api_down", "API answers 503", "percent"),
    Switch("provider_api_error", "API answers 500", "percent"),
    Switch("provider_api_slow", "API is slow", "milliseconds"),
    Switch("provider_api_page", "API answers 200 with a page", "percent"),
    Switch("provider_api_redirects", "API redirects to a log-in page", "percent"),
    Switch("provider_api_cut_after", "API makes a new test (act 9), then hangs up", "percent"),
    Switch("provider_api_wrong_token", "API gives tokens that it does not take", "percent"),
    Switch("provider_api_expired_token", "API does not take its own tokens any more", "percent"),
    Switch("provider_api_token_down", "API gives no tokens (503)", "percent"),
    Switch("provider_clock_skew", "The provider's clock is ahead when it signs", "seconds"),
    Switch("inspera_busy", "Inspera's API answers 429", "percent"),
    Switch("inspera_error", "Inspera's API answers 500", "percent"),
    Switch("inspera_slow", "Inspera's API is slow", "milliseconds"),
    Switch("inspera_token_ends", "Inspera's tokens are refused early", "percent"),
    Switch("inspera_export_slow", "Inspera's exports take this long", "seconds"),
    Switch("inspera_export_expired", "Inspera's addresses of exports are no longer good", "percent"),
    Switch("inspera_no_webhook", "Inspera's webhooks get lost", "percent"),
    Switch("inspera_webhook_twice", "Inspera's webhooks come twice", "percent"),
    Switch("inspera_webhook_late", "Inspera's webhooks come this much later", "seconds"),
    Switch("inspera_webhook_forged", "Inspera's webhooks are signed with a wrong secret", "percent"),
    Switch("campfire_error", "Campfire's API answers 500", "percent"),
    Switch("campfire_slow", "Campfire's API is slow", "milliseconds"),
    Switch("campfire_cut_after", "Campfire's API does its work, then hangs up", "percent"),
    Switch("campfire_passback_json", "Campfire passes scores back as JSON", "percent"),
    Switch("originality_takes", "Originality takes so long for a document", "seconds"),
    Switch("originality_by_hand", "Originality's documents wait for somebody at its desk", "percent"),
    Switch("originality_fails", "Originality cannot check documents", "percent"),
    Switch("originality_status_conflict", "Originality tells status 1 for what it still checks", "percent"),
    Switch("originality_error", "Originality's API answers 500", "percent"),
    Switch("originality_busy", "Originality's API answers 429", "percent"),
    Switch("originality_hang", "Originality's API hangs before it does anything", "seconds"),
    Switch("originality_cut_before", "Originality's API hangs up before it does anything", "percent"),
    Switch("originality_cut_after", "Originality's API does its work, then hangs up", "percent"),
    Switch("originality_token_ends", "Originality's tokens are refused early", "percent"),
    Switch("originality_upload_expired", "Originality's addresses for documents are no longer good", "percent"),
    Switch("originality_upload_error", "Originality's storage answers 503", "percent"),
    Switch("originality_upload_hang", "Originality's storage hangs before it takes anything", "seconds"),
    Switch("originality_upload_cut_before", "Originality's storage hangs up before it takes anything", "percent"),
    Switch("originality_upload_cut_after", "Originality's storage takes the document, then hangs up", "percent"),
    Switch("originality_no_webhook", "Originality's webhooks get lost", "percent"),
    Switch("originality_webhook_twice", "Originality's webhooks come twice", "percent"),
    Switch("originality_webhook_late", "Originality's webhooks come this much later", "seconds"),
    Switch("originality_webhook_forged", "Originality's webhooks come to a guessed address", "percent"),
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

    @property
    def manner(self) -> str:
        """Which LMS the pretend one behaves like."""
        return SWITCHES["lms_manner"].choices[int(self["lms_manner"])]


def read(name: str, text: str) -> float:
    """The value of a switch as people and tests write it: a number, or one of its choices. Raises ``ValueError``."""
    choices = SWITCHES[name].choices
    value = float(choices.index(text)) if text in choices else float(text)
    if choices and value not in range(len(choices)):
        raise ValueError(f"{name} is one of {', '.join(choices)}")
    return value


def switch(values: Mapping[str, float]) -> None:
    """Set some switches and leave the others. Raises ``KeyError`` for a name that is none."""
    for name, value in values.items():
        Fault.objects.update_or_create(name=SWITCHES[name].name, defaults={"value": value})


def switch_all_off() -> None:
    """Everybody behaves again."""
    Fault.objects.all().delete()
