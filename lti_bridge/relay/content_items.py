"""Content that was chosen at a provider becomes activities, switched off until an administrator has looked at them.

An item is made whole or not at all: the provider's own check of an activity's parameters decides, as it does for what
administrators type in themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from lti_bridge.models import Account, Activity
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.relay import lti13
from lti_bridge.relay.deep_linking import ACCEPTED, Chosen
from lti_bridge.relay.json_body import can_be_kept

_LARGEST_SCORE = 10**9
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that nothing was made of."""

    title: str
    reasons: tuple[str, ...]


class _NotTaken(Exception):
    """Why an item cannot become an activity, one sentence a mistake."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


def make_activities(chosen: Chosen) -> tuple[list[Activity], list[Skipped]]:
    """The activities that were made of what was chosen, and what was not, with the reasons."""
    made: list[Activity] = []
    skipped: list[Skipped] = []
    multiple = bool(chosen.launch.details.get("multiple"))
    for number, item in enumerate(chosen.items, 1):
        try:
            if number > 1 and not multiple:
                raise _NotTaken(_("Only one item was asked for."))
            made.append(_activity(chosen.launch.account, chosen.tool, item))
        except _NotTaken as problem:
            skipped.append(Skipped(_title(item) or _("Item %(number)d") % {"number": number}, problem.reasons))
    return made, skipped


def _activity(account: Account, tool: Lti13Tool, item: Any) -> Activity:
    if not isinstance(item, Mapping):
        raise _NotTaken(_("It is not an item."))
    if item.get("type") != ACCEPTED:
        raise _NotTaken(_("Only links to the provider's own tests are taken, and this is none."))
    content = {"url": _url(item, tool), "line_item": _line_item(item)}
    parameters = _parameters(item)
    action = _fitting_action(account, parameters)
    title = _title(item) or provider_of(account.provider).label
    with transaction.atomic():
        return Activity.objects.create(
            slug=_free_slug(title, account),
            title=title,
            description=_text(item, "text", 5000),
            account=account,
            action=action,
            parameters=parameters,
            content={name: value for name, value in content.items() if value} or None,
            enabled=False,
        )


def _fitting_action(account: Account, parameters: dict[str, str]) -> str:
    """The first of the provider's actions that sits a test and takes these parameters."""
    provider = provider_of(account.provider)
    complaints: list[str] = []
    for name, kind in provider.actions.items():
        if not kind.sits_a_test:
            continue
        problems = provider.check_activity(account, name, parameters)
        if not problems:
            return name
        complaints = complaints or problems
    raise _NotTaken(*complaints)


def _parameters(item: Mapping[str, Any]) -> dict[str, str]:
    """The item's custom parameters. Numbers become text; what is no single value is refused (LTI-DL 2.0 §3.2)."""
    custom = item.get("custom") or {}
    if not isinstance(custom, Mapping):
        raise _NotTaken(_("custom is not an object."))
    if not all(map(can_be_kept, custom)):
        raise _NotTaken(_("custom has a name that cannot be kept."))
    wrong = [
        name
        for name, value in custom.items()
        if isinstance(value, bool) or not isinstance(value, str | int) or not can_be_kept(str(value))
    ]
    if wrong:
        raise _NotTaken(*(_("custom %(name)s is not a text.") % {"name": name[:100]} for name in wrong))
    return {name: str(value) for name, value in custom.items()}


def _url(item: Mapping[str, Any], tool: Lti13Tool) -> str:
    """The item's own address, if it has one, at a host of the tool."""
    url = item.get("url")
    if url is None or url == "":
        return ""
    if not isinstance(url, str) or len(url) > 2000 or not lti13.is_of_tool(url, tool):
        raise _NotTaken(_("Its address is not one of the provider's tool."))
    return url


def _line_item(item: Mapping[str, Any]) -> dict[str, str]:
    """The item's line item; its maximum as text, so that it stays exact."""
    told = item.get("lineItem")
    if told is None:
        return {}
    maximum = told.get("scoreMaximum") if isinstance(told, Mapping) else None
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not 0 < maximum < _LARGEST_SCORE:
        raise _NotTaken(_("The scoreMaximum of its line item is not a number above 0."))
    exact = Decimal(str(maximum)).quantize(Decimal("1e-10")).normalize()
    if exact <= 0:
        raise _NotTaken(_("The scoreMaximum of its line item is not a number above 0."))
    names = {"label": "label", "resource_id": "resourceId", "tag": "tag"}
    texts = {ours: _text(told, theirs, _LONGEST) for ours, theirs in names.items()}
    return {"score_maximum": format(exact, "f")} | {name: text for name, text in texts.items() if text}


def _title(item: Any) -> str:
    return " ".join(_text(item, "title", 200).split()) if isinstance(item, Mapping) else ""


def _text(item: Mapping[str, Any], name: str, longest: int) -> str:
    """A text for people, cut; empty when it is none."""
    value = item.get(name)
    return value.strip()[:longest].strip() if isinstance(value, str) and can_be_kept(value) else ""


def _free_slug(title: str, account: Account) -> str:
    """A slug that no activity has yet."""
    base = slugify(title)[:80] or account.name[:80]
    taken = set(Activity.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in _numbered(base) if slug not in taken)


def _numbered(base: str) -> Iterable[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
