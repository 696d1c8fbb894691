"""The actions that opening, looking and acting need, with what we know filled in and what comes back made sure of."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, Activity, Attempt, Candidate, Learner
from lti_bridge.providers.isograd.client import ask
from lti_bridge.providers.isograd.envelope import Envelope
from lti_bridge.providers.isograd.errors import EXISTS, IsogradRefused
from lti_bridge.providers.isograd.parameters import FORMER_NAMES
from lti_bridge.providers.isograd.values import ID
from lti_bridge.providers.names import given_and_family


@dataclass(frozen=True, slots=True)
class Made:
    """A test of a candidate. ``url``: where it starts, good for a short time and never kept."""

    pla_tst_id: str
    url: str


def of_activity(activity: Activity, name: str) -> str:
    """A stored parameter of an activity as text, under its present or its former name; empty where there is none."""
    former = next((old for old, new in FORMER_NAMES.items() if new == name), name)
    value = activity.parameters.get(name, activity.parameters.get(former, ""))
    return str(value).strip()


def sub_account(activity: Activity) -> dict[str, str]:
    """The sub account that an activity acts on, where it is another than the account's."""
    sub_com_id = of_activity(activity, "sub_com_id")
    return {"sub_com_id": sub_com_id} if sub_com_id else {}


def person(learner: Learner) -> dict[str, str]:
    """Who a learner is there."""
    given, family = given_and_family(learner)
    return {"ema": learner.email.strip(), "fst_nam": given, "lst_nam": family}


def create_candidate(account: Account, values: Mapping[str, str]) -> str:
    """Find or make a candidate: the id, empty when Isograd does not tell it of one who exists."""
    try:
        envelope = ask(account, "1", values)
    except IsogradRefused as refused:
        # 202 is no failure: the candidate is there, and the answer says which one it is.
        if refused.meaning is not EXISTS:
            raise
        return _id(refused.envelope, "can_id")
    return _id(envelope, "can_id")


def add_test(account: Account, act_id: str, values: Mapping[str, str]) -> Made:
    """Act 2 or 9. Without an id or an address the answer is none, and a test may have been made."""
    envelope = ask(account, act_id, values)
    made = Made(_id(envelope, "pla_tst_id"), _address(envelope, "tst_url"))
    if not (made.pla_tst_id and made.url):
        raise no_use_of_it(act_id)
    return made


def results_of(attempt: Attempt, *, pla_tst_id: str) -> dict[str, str]:
    """What acts 4, 5 and 6 are asked with. Without ``pla_tst_id`` they are about the last test taken."""
    values = {
        "tst_frm_id": of_activity(attempt.activity, "tst_frm_id"),
        "ema": known_as(attempt.candidate, attempt.learner),
        "pla_tst_id": pla_tst_id,
    }
    return {name: value for name, value in values.items() if value} | sub_account(attempt.activity)


def known_as(candidate: Candidate | None, learner: Learner) -> str:
    """The address by which Isograd knows a learner: the one we told it, whatever the LMS says since."""
    return (candidate.known_as if candidate else "") or learner.email.strip()


def address_of(account: Account, act_id: str, values: Mapping[str, str]) -> str:
    """The address that an action gives. Raises ``ProviderUnavailable`` when it gives none."""
    envelope = ask(account, act_id, values)
    if not envelope.url:
        raise no_use_of_it(act_id)
    return envelope.url


def no_use_of_it(act_id: str) -> ProviderUnavailable:
    """A success that lacks what makes it one."""
    return ProviderUnavailable(
        "provider_unavailable",
        _("The test provider does not answer properly at the moment."),
        _("Try again in a few minutes: open the link again from your course. Nothing is lost."),
        detail=f"Isograd, act_id {act_id}: a success without what the document promises",
        ambiguous=True,
    )


def _id(envelope: Envelope, name: str) -> str:
    return ID.read(envelope.values.get(name)) or ""


def _address(envelope: Envelope, name: str) -> str:
    url = envelope.values.get(name)
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""
