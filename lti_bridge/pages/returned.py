"""What is true of a result when a learner comes back from the provider. Most of the time it is not here yet."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.models import Attempt, AttemptState, Cell, CellState, Release
from lti_bridge.pages.words import GRADEBOOK_WORDS

#: The attempt is over, and nothing will come of it.
_NOTHING: dict[str, Promise] = {
    AttemptState.CANCELLED: _("This attempt was cancelled. It does not count."),
    AttemptState.FAILED: _("Something went wrong with the test. You may open it again from your course."),
}
_TROUBLE = (CellState.NEEDS_ACTION, CellState.WAITING)
_HELD = _("If you finished it, your result is kept here until your teacher releases it.")
_NOT_TAKEN = _(
    "If you finished it, your result is kept safe, but it cannot reach the gradebook at the moment. "
    "Your teacher sees this."
)
_NO_ADDRESS = _("If you finished it, your result is kept safe. Your course has not said yet where it goes.")
_ON_ITS_WAY = _("If you finished it, your grade is on its way to your course.")


def result_of(attempt: Attempt) -> Promise:
    """Where the result of an attempt is, or what will become of it, in one sentence."""
    if nothing := _NOTHING.get(attempt.state):
        return nothing
    cell = Cell.objects.filter(learner=attempt.learner_id, resource_link=attempt.resource_link_id).first()
    if cell is None:
        return _NO_ADDRESS
    if attempt.state == AttemptState.GRADED:
        return GRADEBOOK_WORDS[cell.state]
    if cell.held or (attempt.activity.release == Release.MANUAL and not cell.wanted_version):
        return _HELD
    if not cell.has_address:
        return _NO_ADDRESS
    return _NOT_TAKEN if cell.state in _TROUBLE else _ON_ITS_WAY
