"""Why a launch opened nothing: reason codes in words for those who did not see the learner's page.

A launch that is refused at once says so in its ``refused``. One that led to a page of ours, whose button then opened
nothing, keeps that in its details: its pages go on working, for the learner to try again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.launch.refusals import REFUSALS
from lti_bridge.models import LaunchRecord

_KEPT = "not_opened"

#: Codes of launches that were good, and whose activity could not be opened.
_CANNOT_OPEN: dict[str, Promise] = {
    "email_missing": _("The LMS did not send the e-mail address. Let this link share e-mail addresses."),
    "name_missing": _("The LMS did not send the name. Let this link share names."),
    "not_set_up_yet": _("Nobody has chosen yet what this link opens."),
    "activity_not_available": _("The activity does not exist here, is switched off, or is not for this LMS."),
    "activity_incomplete": _("The set-up of the activity is not complete. Tell the administrators."),
    "account_incomplete": _("The set-up of the account at the provider is not complete. Tell the administrators."),
    "not_a_web_address": _("The address of the provider is not one of the web. Tell the administrators."),
    "attempt_is_over": _("The test was finished before."),
    "no_attempt_left": _("All attempts are used."),
    "takes_no_documents": _("Nothing can be handed in there."),
    "users_not_made": _("Nobody could be made a user at the provider."),
    "content_gone": _("The content of the document was no longer kept here."),
    "no_report_yet": _("There was no report to read yet."),
    "result_is_pending": _("The result of the last attempt is still to come."),
    "link_is_gone": _("The link is no longer there."),
    "attempt_missing": _("There is no attempt to open. Tell the administrators."),
    "launch_parameter_wrong": _("A custom parameter of the link has a value that the test does not understand."),
    "for_teachers_only": _("The link is for those who teach."),
    "nothing_for_teachers": _("The link opens nothing for those who teach."),
    "not_an_administrator": _("This address may not open the administration of the provider."),
    "nothing_to_confirm": _("There is no finished test yet that could be confirmed."),
    "nothing_to_enrol_in": _("There is no test yet that the course could be enrolled in."),
    "no_roster": _("The roster of the course was not read yet."),
    "no_results": _("There were no results to show yet."),
    "results_not_final": _("The results were not complete yet."),
    "results_not_released": _("The results are not released yet."),
    "test_in_doubt": _("The provider did not say whether it made the test. Have it made again, here on this page."),
    "address_of_another": _("Another person uses the same e-mail address at the provider already."),
}

#: Codes of launches that the provider refused, as far as several providers may say the same.
_PROVIDER_SAYS: dict[str, Promise] = {
    "provider_unavailable": _("The provider did not answer properly."),
    "no_access": _("The provider did not answer properly."),
    "still_being_made": _("The provider took too long to make the test."),
    "credentials_refused": _("The provider does not let us in. Tell the administrators."),
    "no_credits": _("There are no credits left at the provider. Tell the administrators."),
    "no_proctoring_credits": _("There are no proctoring credits left at the provider. Tell the administrators."),
    "taken_too_often": _("The test was taken as often as the provider allows."),
    "test_not_allowed": _("The provider does not allow this test. Tell the administrators."),
    "candidate_not_created": _("The provider could not make the candidate. Tell the administrators."),
    "no_such_group": _("The provider does not know the group. Tell the administrators."),
    "refused": _("The provider refused."),
}


def in_words(code: str) -> str:
    """The sentence of a reason code, in the current language; the code itself when it has none."""
    if words := _CANNOT_OPEN.get(code) or _PROVIDER_SAYS.get(code):
        return str(words)
    # A sentence with the seconds between two clocks makes no sense without them.
    sentence = str(REFUSALS[code].sentence) if code in REFUSALS else code
    return code if "{" in sentence else sentence


@dataclass(frozen=True, slots=True)
class NotOpened:
    """The last time a button of a launch's page opened nothing. ``stands``: nothing was opened there since."""

    code: str
    at: datetime
    stands: bool


def not_opened(launch: LaunchRecord) -> NotOpened | None:
    """When a button of this launch's page last opened nothing, and why; None when that never happened."""
    kept = launch.details.get(_KEPT)
    return NotOpened(kept["code"], datetime.fromisoformat(kept["at"]), kept["stands"]) if kept else None


def note_not_opened(launch: LaunchRecord, code: str) -> None:
    """Keep that a button of this launch's page opened nothing."""
    _keep(launch, {"code": code[:60], "at": timezone.now().isoformat(), "stands": True})


def note_opened(launch: LaunchRecord) -> None:
    """Keep that a button of this launch's page opened something after all."""
    if (kept := launch.details.get(_KEPT)) and kept["stands"]:
        _keep(launch, kept | {"stands": False})


def _keep(launch: LaunchRecord, what: dict[str, object]) -> None:
    launch.details[_KEPT] = what
    launch.save(update_fields=["details"])
