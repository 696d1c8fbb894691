"""The activities to choose from, for one platform: searched, in pages."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest

from lti_bridge import placements
from lti_bridge.models import Activity, Platform
from lti_bridge.providers import provider_of

#: Activities on one page.
ROWS = 100


def values_of(request: HttpRequest, platform: Platform) -> dict[str, object]:
    """What ``choose.html`` lists: the page that ``?page=`` asks for, of what ``?q=`` searches."""
    sought = request.GET.get("q", "").strip()[:200]
    activities = placements.available(platform).select_related("account").distinct().order_by("title", "pk")
    if sought:
        activities = activities.filter(
            Q(title__icontains=sought) | Q(slug__icontains=sought) | Q(description__icontains=sought)
        )
    page = Paginator(activities, ROWS).get_page(request.GET.get("page", "1"))
    return {"page": page, "sought": sought}


def opens(activity: Activity) -> str:
    """What an activity opens, and where: its action and its provider, as people know them."""
    provider = provider_of(activity.account.provider)
    kind = provider.actions.get(activity.action)
    return f"{kind.label} · {provider.label}" if kind else provider.label
