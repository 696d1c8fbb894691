"""Access tokens of accounts: one for all, renewed in time by one of them, never kept readable."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection, connections
from django.utils import timezone

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, AccountToken
from lti_bridge.providers import tokens
from lti_bridge.providers.tokens import Fetched, forget, token_of

pytestmark = pytest.mark.django_db(transaction=True)
on_one_database = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="threads share one in-memory database only on PostgreSQL"
)


class Source:
    """Gives tokens, counts how often it was asked, and can be slow or broken."""

    def __init__(self, seconds=3600.0, delay=0.0, fails=False):
        self.seconds, self.delay, self.fails = seconds, delay, fails
        self.asked = 0
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            self.asked += 1
            number = self.asked
        time.sleep(self.delay)
        if self.fails:
            raise ProviderUnavailable("down")
        return Fetched(f"token-{number}", self.seconds)


@pytest.fixture
def account():
    return Account.objects.create(name="a", provider="isograd")


def get(account, source, made_with="credentials"):
    return token_of(account, "usage", made_with, source)


def passes(**time):
    row = AccountToken.objects.get()
    AccountToken.objects.update(expires_at=row.expires_at - timedelta(**time))


def test_a_token_is_asked_for_once_and_kept_for_all(account):
    source = Source()
    assert [get(account, source) for _ in range(3)] == ["token-1"] * 3
    assert source.asked == 1


def test_what_is_kept_cannot_be_read_in_the_database(account):
    get(account, Source())
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM lti_bridge_accounttoken")
        assert "token-1" not in cursor.fetchone()[0]


def test_it_is_renewed_before_it_runs_out(account):
    source = Source()
    get(account, source)
    passes(seconds=3600 - 100)
    assert get(account, source) == "token-2"


def test_a_token_of_a_short_life_is_used_for_most_of_it(account):
    source = Source(seconds=10)
    get(account, source)
    passes(seconds=7)
    assert get(account, source) == "token-1"
    passes(seconds=2)
    assert get(account, source) == "token-2"


def test_other_credentials_make_it_worthless(account):
    source = Source()
    get(account, source)
    assert get(account, source, "others") == "token-2"


def test_a_refused_token_is_dropped_and_a_newer_one_is_not(account):
    source = Source()
    get(account, source)
    forget(account, "usage", "token-1")
    assert get(account, source) == "token-2"
    forget(account, "usage", "token-1")
    assert get(account, source) == "token-2"


def test_one_that_no_key_opens_any_more_is_asked_for_anew(account, settings):
    get(account, Source())
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    source = Source()
    assert (get(account, source), source.asked) == ("token-1", 1)


def test_after_a_failure_the_next_one_asks_again(account):
    source = Source(fails=True)
    with pytest.raises(ProviderUnavailable):
        get(account, source)
    source.fails = False
    assert get(account, source) == "token-2"


def test_while_one_renews_the_others_go_on_with_the_old_one(account):
    get(account, Source())
    passes(seconds=3600 - 60)
    AccountToken.objects.update(
        lease="00000000-0000-0000-0000-000000000001", leased_until=timezone.now() + timedelta(1)
    )
    source = Source()
    assert get(account, source) == "token-1"
    assert source.asked == 0


def test_a_worker_that_died_while_it_asked_holds_nobody_up(account):
    AccountToken.objects.create(
        account=account,
        purpose="usage",
        lease="00000000-0000-0000-0000-000000000001",
        leased_until=timezone.now() - timedelta(seconds=5),
    )
    assert get(account, Source()) == "token-1"


def at_once(count, account, source):
    """What so many threads get when they ask at the same moment."""
    barrier = threading.Barrier(count)

    def ask(_number):
        try:
            barrier.wait()
            return get(account, source)
        except ProviderUnavailable as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


@on_one_database
def test_many_at_once_make_one_request(account):
    source = Source(delay=0.3)
    assert set(at_once(8, account, source)) == {"token-1"}
    assert source.asked == 1


@on_one_database
def test_when_it_fails_all_who_waited_fail_and_nobody_asks_in_turn(account, monkeypatch):
    monkeypatch.setattr(tokens, "PAUSES", (0.05,))
    source = Source(delay=0.5, fails=True)
    assert set(at_once(8, account, source)) <= {"down", "no_access"}
    assert source.asked <= 2
