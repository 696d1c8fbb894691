"""Opening by the API what is no test of its own: results, reports, the candidate's space, the administration."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, ProviderError
from lti_bridge.models import Attempt, AttemptState, Candidate
from lti_bridge.providers import records
from lti_bridge.providers.actions import Page, Redirect
from lti_bridge.providers.base import Opening
from lti_bridge.providers.isograd.api_parameters import values_of
from lti_bridge.providers.isograd.asking import address_of, known_as, of_activity, sub_account
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.errors import NO_ASSESSMENT, IsogradRefused
from lti_bridge.providers.isograd.looking import CONFIRMS
from lti_bridge.providers.isograd.parameters import Stored
from lti_bridge.providers.isograd.people import administrator, refuse_anothers
from lti_bridge.providers.isograd.results import number, read_score
from lti_bridge.providers.isograd.sitting import remember
from lti_bridge.providers.turns import turn

#: A confirmation test is of a test that is over.
_OVER = (AttemptState.SUBMITTED, AttemptState.MARKING, AttemptState.GRADED)
#: In an attempt's details: act 58 was asked for.
_MADE = "confirmation_asked"


@dataclass(frozen=True, slots=True)
class Skill:
    """A line of the results: ``level`` of ``most``; no level where the candidate was not tested in it."""

    name: str
    words: str
    level: Decimal | None
    most: Decimal | None

    @property
    def width(self) -> Decimal:
        """How long its bar is, of 100."""
        if self.level is None or not self.most:
            return Decimal(0)
        return min(self.level / self.most * 100, Decimal(100)).quantize(Decimal("0.1"))


def view_results(opening: Opening, stored: Stored) -> Page:
    """Our page of the grade, skill by skill, with a link to the report where there is one."""
    asked = _asked(opening, stored)
    language = {"des_lan_id": asked.pop("lan_id")} if "lan_id" in asked else {}
    score = read_score(ask(opening.account, "4", asked).values)
    details = ask(opening.account, "5", asked | language).values.get("result_details")
    skills = [
        _skill(each) for each in (details.values() if isinstance(details, dict) else ()) if isinstance(each, dict)
    ]
    values = {"score": score, "skills": skills, "report_url": _report(opening, asked, language)}
    return Page("providers/isograd/results.html", values)


def view_report_pdf(opening: Opening, stored: Stored) -> Redirect:
    """The report of the learner's own test; of the last one taken where we know of none."""
    return Redirect(address_of(opening.account, "6", _asked(opening, stored)))


def candidate_space(opening: Opening, _stored: Stored) -> Redirect:
    """The candidate's own page at Isograd."""
    values = {"ema": _email(opening)} | sub_account(opening.activity)
    return Redirect(address_of(opening.account, "38", values))


def confirmation_test(opening: Opening, stored: Stored) -> Redirect:
    """A confirmation test of the learner's last finished test; once it was made, the candidate's space leads there.

    Isograd tells neither the id of such a test nor where it starts a second time, so none is made twice.
    """
    attempt, confirmed = opening.attempt, _finished(opening, stored)
    if attempt is None or confirmed is None or attempt.candidate is None:
        raise CannotOpen(
            "nothing_to_confirm",
            _("There is no finished test yet that could be confirmed."),
            _("Take and finish the test first, then open this again."),
        )
    with turn(attempt.candidate):
        attempt.refresh_from_db(fields=["provider_details"])
        if attempt.provider_details.get(_MADE):
            return candidate_space(opening, stored)
        remember(attempt, {CONFIRMS: confirmed.provider_attempt_id, _MADE: True})
        values = {"pla_tst_id": confirmed.provider_attempt_id} | sub_account(opening.activity)
        try:
            return Redirect(address_of(opening.account, "58", values))
        except ProviderError as error:
            if not error.ambiguous:
                remember(attempt, {CONFIRMS: "", _MADE: False})
            raise


def admin_space(opening: Opening, _stored: Stored) -> Redirect:
    """Isograd's administration, for those who teach here and whom the account lists. Each use is written down.

    Always as the administrator of the listed address: without one, Isograd would take any.
    """
    email = administrator(opening.account, opening.learner)
    if not opening.teaches or not email:
        raise CannotOpen(
            "not_an_administrator",
            _("You are not among those who may open the administration of the test provider."),
            _("Ask the people who look after this service to add you to the administrators of the account."),
            status=403,
        )
    who = {"teacher": opening.learner, "resource_link": opening.resource_link}
    with records.recorded(opening.account, "admin_space", **who):
        values = {"ema": email, "use_ema_for_adm": "1"} | sub_account(opening.activity)
        return Redirect(address_of(opening.account, "13", values))


# --- which test, and whose ------------------------------------------------------------------


def _email(opening: Opening) -> str:
    candidate = Candidate.objects.filter(learner=opening.learner, account=opening.account).first()
    email = known_as(candidate, opening.learner)
    refuse_anothers(opening.account, opening.learner, email)
    return email


def _asked(opening: Opening, stored: Stored) -> dict[str, str]:
    """What acts 4, 5 and 6 are asked with."""
    values = values_of(opening, stored)
    taken = _finished(opening, stored) or _newest(opening, stored)
    asked = {name: values[name] for name in ("tst_frm_id", "lan_id", "sub_com_id") if name in values}
    return asked | {"ema": _email(opening)} | ({"pla_tst_id": taken.provider_attempt_id} if taken else {})


def _finished(opening: Opening, stored: Stored) -> Attempt | None:
    return next((each for each in _attempts(opening, stored) if each.state in _OVER), None)


def _newest(opening: Opening, stored: Stored) -> Attempt | None:
    return next(iter(_attempts(opening, stored)), None)


def _attempts(opening: Opening, stored: Stored) -> list[Attempt]:
    """The learner's attempts at that test, at whatever link, the newest first."""
    rows = Attempt.objects.filter(learner=opening.learner, candidate__account=opening.account)
    rows = rows.exclude(provider_attempt_id="").select_related("activity").order_by("-pk")
    return [each for each in rows if of_activity(each.activity, "tst_frm_id") == stored.values.get("tst_frm_id")]


# --- the page of results --------------------------------------------------------------------


def _report(opening: Opening, asked: Mapping[str, str], language: Mapping[str, str]) -> str:
    """The address of the report; empty for a test that has none."""
    values = dict(asked) | ({"lan_id": language["des_lan_id"]} if language else {})
    try:
        return address_of(opening.account, "6", values)
    except IsogradRefused as refused:
        if refused.meaning is not NO_ASSESSMENT:
            raise
        return ""


def _skill(details: Mapping[str, Any]) -> Skill:
    """A skill by its level on a scale, or by its rate of success; -1 means that it was not tested."""
    name, words = str(details.get("des") or ""), str(details.get("level_des") or "")
    level, most = number(details.get("level")), number(details.get("scalemax"))
    if (rate := number(details.get("successrate"))) is not None:
        level, most = (rate * 100 if rate >= 0 else None), Decimal(100)
    tested = level is not None and level >= 0
    return Skill(name, words, level if tested else None, most)
