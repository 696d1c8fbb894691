"""Numbers, times and activities in templates."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lti_bridge.models import Activity
from lti_bridge.pages import choices, words

register = template.Library()


@register.filter
def percent(score: Decimal | None) -> str:
    """A part of 1 as a percentage, ``—`` for none."""
    number = words.percent(score)
    return "—" if number is None else f"{formats.localize(number)}\N{NO-BREAK SPACE}%"


@register.filter
def opens(activity: Activity) -> str:
    """What an activity opens, and at which provider."""
    return choices.opens(activity)


@register.filter
def plain(number: Decimal | None) -> str:
    """A number without needless zeros."""
    return words.plain(number)


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A time for people and machines; ``—`` for none."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    shown = f"{formats.date_format(local, 'DATE_FORMAT')}, {local:%H:%M:%S %Z}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), shown)
