"""What administrators see of an account at Campfire: whether it lets us in, and which exams its activities open."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account
from lti_bridge.providers.acts import AccountPage, Fact
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.sessions import plain
from lti_bridge.providers.campfire.settings import has_api

#: Exam configurations that are asked about, one call each.
MOST_CONFIGS = 20


def _facts(account: Account) -> Sequence[Fact]:
    """Each exam configuration that an activity names, by what Campfire calls it. Raises ``ProviderError``."""
    facts = []
    for config_id in _config_ids(account)[:MOST_CONFIGS]:
        try:
            answer = ask(account, "get_exam_config", {"examConfigId": config_id})
        except ProviderRefused as refused:
            if refused.code != "not_found":
                raise
            facts.append(Fact(config_id, _("not there: the activity cannot be opened"), "bad"))
            continue
        told = answer if isinstance(answer, dict) else {}
        inner = told.get("examConfig")
        name = plain(told.get("name") or (inner.get("name") if isinstance(inner, dict) else ""))
        facts.append(Fact(config_id, name or _("there"), "good"))
    if not facts:
        # A list of nothing tells whether we are let in.
        ask(account, "list_exam_sessions", body={"filter": {"examConfigIds": {"include": []}}})
        facts.append(Fact(_("Access"), _("works"), "good"))
    return facts


def _config_ids(account: Account) -> list[str]:
    named = (activity.parameters.get("exam_config_id") for activity in account.activities.all())
    return sorted({each for each in named if isinstance(each, str)})


def _choices(_account: Account) -> Mapping[str, Sequence[str]]:
    return {}  # configurations are listed by exam, and no list of exams is documented


ACCOUNT_PAGE = AccountPage(available=has_api, facts=_facts, choices=_choices)
