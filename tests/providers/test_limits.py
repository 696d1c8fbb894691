"""Places for requests: leased, given back, and never more than there are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, AccountSlot
from lti_bridge.providers.limits import place

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return Account.objects.create(name="a", provider="isograd")


def take(account, limit=2):
    return place(account, limit, lease=60, patience=0)


def test_places_are_taken_and_given_back(account):
    for _ in range(3):
        with place(account, 2, lease=60, patience=5), place(account, 2, lease=60, patience=5):
            assert AccountSlot.objects.exclude(lease=None).count() == 2
    assert AccountSlot.objects.filter(lease=None).count() == 2


def test_without_a_place_nothing_goes_out(account):
    with place(account, 1, lease=60, patience=5), pytest.raises(ProviderUnavailable) as refused, take(account, 1):
        pass
    assert refused.value.code == "too_many_requests"


def test_a_place_comes_back_after_an_error(account):
    with pytest.raises(ValueError, match="broke"), place(account, 1, lease=60, patience=5):
        raise ValueError("broke")
    with take(account, 1):
        pass


def test_a_place_of_somebody_who_died_comes_back(account):
    with place(account, 1, lease=60, patience=5):
        AccountSlot.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        with place(account, 1, lease=60, patience=5):
            pass
    # The first one gave back only what was still its own.
    assert AccountSlot.objects.filter(lease=None).count() == 1


def test_a_lower_limit_counts_at_once(account):
    with place(account, 3, lease=60, patience=5):
        pass
    with place(account, 1, lease=60, patience=5), pytest.raises(ProviderUnavailable), take(account, 1):
        pass


def test_each_account_has_its_own_places(account):
    other = Account.objects.create(name="b", provider="isograd")
    with place(account, 1, lease=60, patience=5), place(other, 1, lease=60, patience=5):
        pass
