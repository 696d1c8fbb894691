"""Results of a line item, as its tool reads them (AGS 2.0 §3.3): its own final scores, out of the item's maximum."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from lti_bridge.models import ProviderLineItem, ProviderScore
from lti_bridge.relay import endpoints
from lti_bridge.relay.json_body import plain

_PLACES = Decimal("1e-10")


def listed(line_item: ProviderLineItem, query: Mapping[str, str]) -> QuerySet[ProviderScore]:
    """The scores that are results: final ones with a number. Of one person where the query names one."""
    rows = line_item.scores.select_related("learner").filter(score_given__isnull=False, grading_progress="FullyGraded")
    if "user_id" not in query:
        return rows
    user_id = query["user_id"]
    return rows.filter(learner__opaque_id=user_id) if "\x00" not in user_id else rows.none()


def written(line_item: ProviderLineItem, row: ProviderScore) -> dict[str, Any]:
    """A result as JSON (§3.3.5)."""
    user_id = row.learner.opaque_id
    said = {
        "id": f"{endpoints.results_url(line_item)}?{urlencode({'user_id': user_id})}",
        "scoreOf": endpoints.line_item_url(line_item),
        "userId": user_id,
        "resultScore": plain(_of_maximum(row, line_item.score_maximum)),
        "resultMaximum": plain(line_item.score_maximum),
        "comment": row.comment,
        "scoringUserId": row.scoring_user_id,
    }
    return {name: value for name, value in said.items() if value != ""}


def _of_maximum(row: ProviderScore, maximum: Decimal) -> Decimal:
    """The score out of the item's maximum; a score says itself what it is out of."""
    if row.score_given is None or not row.score_maximum:
        return Decimal(0)
    if row.score_maximum == maximum:
        return row.score_given
    return (row.score_given * maximum / row.score_maximum).quantize(_PLACES)
