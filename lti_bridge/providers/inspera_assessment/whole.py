"""Asking Inspera about a test as a whole: which export, what is in it, and how often."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from lti_bridge.models import Account, ProviderTest
from lti_bridge.providers.exports import Export
from lti_bridge.providers.inspera_assessment import errors
from lti_bridge.providers.inspera_assessment.export_operations import standings_of_test
from lti_bridge.providers.inspera_assessment.settings import auth_type, grades_by_api
from lti_bridge.providers.inspera_assessment.standings import Standing, standings_of
from lti_bridge.providers.inspera_assessment.webhooks import CONFIRMED
from lti_bridge.providers.json_stream import BadJson
from lti_bridge.providers.whole_tests import Found, WholeTests

#: While results are to come; then, in case somebody appeals. Webhooks make it sooner.
_WAITS = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6))
_AFTERWARDS = timedelta(days=1)
#: Looks in all without anything heard: about four months, half a year with all graded.
MOST_LOOKS = 500
MOST_AFTERWARDS = 180


def next_look(results_to_come: bool, looks: int) -> timedelta | None:
    """How long to wait before the next export is ordered."""
    if results_to_come:
        return _WAITS[min(looks, len(_WAITS) - 1)] if looks < MOST_LOOKS else None
    return _AFTERWARDS if looks < MOST_AFTERWARDS else None


def export_of(test: ProviderTest) -> Export:
    """The export that has everybody's results in it."""
    return standings_of_test(test.account, test.provider_test_id)


def read(test: ProviderTest, file: BinaryIO) -> Iterator[Found]:
    """All candidates of an export. Raises ``ProviderUnavailable`` when it cannot be read."""
    kind = auth_type(test.account)
    try:
        for standing in standings_of(file):
            yield _found(standing, kind, test.details)
    except BadJson as problem:
        raise errors.unreadable(f"test {test.provider_test_id}", problem) from None


def _found(standing: Standing, kind: str, details: Mapping[str, Any]) -> Found:
    confirmed_at = _confirmed_at(standing, details)
    told = {**standing.told, CONFIRMED: confirmed_at} if confirmed_at else standing.told
    raw = json.dumps(told, sort_keys=True)
    return Found(standing.user_id, standing.names_of_kind(kind), raw, _moment(standing.told.get("start_time")))


def _confirmed_at(standing: Standing, details: Mapping[str, Any]) -> str | None:
    """When the grades of the test, or this person's, were confirmed; None also for what was sat only after that."""
    sat = _moment(standing.told.get("end_time") or standing.told.get("start_time"))
    people = {standing.user_id, str(standing.told.get("candidate_id", ""))} - {""}
    names = (CONFIRMED, *(f"{CONFIRMED} {each}" for each in people))
    for each in filter(None, map(details.get, names)):
        at = _moment(each)
        if sat is None or at is None or sat <= at:
            return str(each)
    return None


def _moment(told: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _asked_at(account: Account) -> bool:
    return grades_by_api(account)


WHOLE_TESTS = WholeTests(_asked_at, export_of, read, next_look)
