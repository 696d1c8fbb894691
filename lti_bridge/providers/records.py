"""Writing down what people had done at a provider: before it is done, and what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.utils import timezone

from lti_bridge.errors import BridgeError, ProviderError
from lti_bridge.models import Account, ActState, ProviderAct
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)


@contextmanager
def recorded(account: Account, what: str, **fields: Any) -> Iterator[ProviderAct]:
    """A row for what is done inside the block, and a line in the log; errors pass, and the row says how it ended.

    ``fields``: more of the row, such as who had it done.
    """
    told = {"reference": reference()} | fields
    act = ProviderAct.objects.create(
        account=account, what=what, state=ActState.UNDER_WAY, taken_at=timezone.now(), **told
    )
    with ending(act):
        yield act


@contextmanager
def ending(act: ProviderAct) -> Iterator[None]:
    """The row of an act that is under way says how it ended."""
    try:
        yield
    except BaseException as error:
        _end(act, *_of(error))
        raise
    _end(act, ActState.DONE, "")


def _of(error: BaseException) -> tuple[ActState, str]:
    if isinstance(error, ProviderError) and error.ambiguous:
        return ActState.UNCLEAR, str(error)
    if isinstance(error, BridgeError):
        return ActState.REFUSED, str(error)
    return ActState.UNCLEAR, type(error).__name__


def _end(act: ProviderAct, state: ActState, reason: str) -> None:
    act.state, act.reason, act.ended_at = state, reason[:300], timezone.now()
    act.save(update_fields=["state", "reason", "ended_at"])
    # Who and about whom is in the row: the log holds no name.
    log.info("act_at_provider", account_id=act.account_id, what=act.what, act_id=act.pk, state=state)
