"""The answer to an LMS that let an instructor choose content, in the version of LTI that it asked in."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import BridgeError, LaunchRejected
from lti_bridge.launch import deep_linking
from lti_bridge.launch.addresses import is_safe_return
from lti_bridge.launch.launch import Selection
from lti_bridge.launch.selection import content_item_response, refused_response
from lti_bridge.models import Activity, LaunchRecord


def answer(
    record: LaunchRecord,
    selection: Selection,
    activities: Sequence[Activity],
    *,
    ungraded: Collection[Activity] = (),
    cancelled: bool = False,
) -> tuple[str, dict[str, str]]:
    """Where the browser posts the choice, and the signed fields. No activity, or ``cancelled``: no items.

    ``ungraded``: activities that give no grade, and so need no column. Raises ``LaunchRejected`` when nobody is left to
    answer.
    """
    _check(selection)
    if record.deployment:
        return deep_linking.deep_linking_response(
            selection, record.deployment, activities, ungraded=ungraded, cancelled=cancelled
        )
    if record.lti11:
        return content_item_response(selection, record.lti11, activities, ungraded=ungraded, cancelled=cancelled)
    raise _nobody()


def refusal(record: LaunchRecord, selection: Selection, why: BridgeError, *, log: str) -> tuple[str, dict[str, str]]:
    """The same for a request that is refused: the LMS is told why. ``log`` is for its own log."""
    _check(selection)
    sentence = str(why.sentence)
    if record.deployment:
        asks_for_others = why.code == "links_not_accepted"
        return deep_linking.refused_response(
            selection, record.deployment, sentence=sentence, log=log, is_error=not asks_for_others
        )
    if record.lti11:
        return refused_response(selection, record.lti11, sentence=sentence, log=log)
    raise _nobody()


def _check(selection: Selection) -> None:
    """Raise ``LaunchRejected`` for an address that a signed answer must not go to, whoever let it in."""
    if not is_safe_return(selection.return_url):
        raise LaunchRejected(
            "selection_return_refused",
            _("The course site wants its answer at an unsafe address."),
            _("Please tell the people who look after your course site."),
            status=422,
        )


def _nobody() -> LaunchRejected:
    return LaunchRejected(
        "registration_off",
        _("Your course site is not connected here any more."),
        _("Please tell the people who look after your course site."),
    )
