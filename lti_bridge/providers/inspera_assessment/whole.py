"""Asking Inspera about a test as a whole: which export, what is in it, and how often."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO

from lti_bridge.models import Account, ProviderTest
from lti_bridge.providers.exports import Export
from lti_bridge.providers.inspera_assessment import errors
from lti_bridge.providers.inspera_assessment.export_operations import standings_of_test
from lti_bridge.providers.inspera_assessment.settings import auth_type, grades_by_api
from lti_bridge.providers.inspera_assessment.standings import Standing, standings_of
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
    confirmed_at = test.details.get("confirmed_at")
    kind = auth_type(test.account)
    try:
        for standing in standings_of(file):
            yield _found(standing, kind, confirmed_at)
    except BadJson as problem:
        raise errors.unreadable(f"test {test.provider_test_id}", problem) from None


def _found(standing: Standing, kind: str, confirmed_at: str | None) -> Found:
    told = {**standing.told, "confirmed_at": confirmed_at} if confirmed_at else standing.told
    return Found(standing.user_id, standing.names_of_kind(kind), json.dumps(told, sort_keys=True))


def _asked_at(account: Account) -> bool:
    return grades_by_api(account)


WHOLE_TESTS = WholeTests(_asked_at, export_of, read, next_look)
