"""What those who teach can have done about one document."""

from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.models import Attempt, AttemptState
from lti_bridge.providers.acts import AttemptAct, Told
from lti_bridge.providers.inspera_originality.looking import can_fetch, wait_anew
from lti_bridge.providers.reports import GradeReport


def _wait_anew(attempt: Attempt, _filled: Mapping[str, str]) -> Told:
    wait_anew(attempt)
    report = GradeReport(attempt, AttemptState.MARKING, timezone.now(), reopened=True)
    return Told(_("The similarity check is asked again, for two days at most."), report=report)


def _was_given_up(attempt: Attempt) -> bool:
    return attempt.state == AttemptState.FAILED and can_fetch(attempt.account, attempt)


ATTEMPT_ACTS: Mapping[str, AttemptAct] = {
    "wait_anew": AttemptAct(
        label=gettext_lazy("Wait for the check once more"),
        carry_out=_wait_anew,
        suits=_was_given_up,
        question=gettext_lazy("Ask the similarity check again, as if the document had just been handed in?"),
    ),
}
