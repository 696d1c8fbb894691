"""What keeps an account from working: noted for administrators when a provider tells it, gone when it works again."""

from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from lti_bridge.models import Account, AccountTrouble

log = structlog.get_logger(__name__)

#: The provider does not answer properly: nobody looks at attempts there for a moment.
SILENT = "silent"


def note(account: Account, code: str, text: str = "", *, rest: timedelta | None = None) -> None:
    """Note a trouble, or that it still lasts. ``rest``: how long the provider is to be left alone."""
    now = timezone.now()
    told = {"last_at": now, "text": text[:500], "rests_until": now + rest if rest else None}
    rows = AccountTrouble.objects.filter(account=account, code=code)
    if not rows.update(times=F("times") + 1, **told):
        _row, made = AccountTrouble.objects.get_or_create(account=account, code=code, defaults=told)
        if made:
            log.warning("account_trouble", account=account.name, code=code)


def clear(account: Account, codes: Iterable[str]) -> None:
    """What was noted under these codes is over."""
    if AccountTrouble.objects.filter(account=account, code__in=list(codes)).delete()[0]:
        log.info("account_works_again", account=account.name)


def rests(account: Account) -> bool:
    """Whether the provider is to be left alone at the moment."""
    return AccountTrouble.objects.filter(account=account, rests_until__gt=timezone.now()).exists()
