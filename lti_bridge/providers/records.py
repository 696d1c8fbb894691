"""Writing down what people had done at a provider: before it is done, and what came of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from lti_bridge.errors import BridgeError, ProviderError
from lti_bridge.models import Account, ActState, ProviderAct
from lti_bridge.providers.acts import Blank
from lti_bridge.reference import reference

log = structlog.get_logger(__name__)


@contextmanager
def recorded(account: Account, what: str, **fields: Any) -> Iterator[ProviderAct]:
    """A row for what is done inside the block, and a line in the log; errors pass, and the row says how it ended.

    ``fields``: more of the row, such as who had it done. What came of it, in words, is ``told`` of the row it gives.
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
        act.state, act.reason, act.told = _of(error)
        _end(act)
        raise
    act.state = ActState.DONE
    _end(act)


def fit_to_keep(blanks: Mapping[str, Blank], filled: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, without passwords and addresses of people."""
    kept = {name: filled.get(name, "") for name, blank in blanks.items() if blank.kind not in ("password", "email")}
    return {name: value for name, value in kept.items() if value}


def _of(error: BaseException) -> tuple[ActState, str, str]:
    """State, reason and words of an act that ended with an error."""
    words = f"{error.sentence} {error.advice}".strip() if isinstance(error, BridgeError) else ""
    if isinstance(error, ProviderError) and error.ambiguous:
        return ActState.UNCLEAR, str(error)[:300], _("No clear answer came: it may have been done.")
    if isinstance(error, BridgeError):
        return ActState.REFUSED, str(error)[:300], (words or str(error))[:300]
    return ActState.UNCLEAR, type(error).__name__, _("Something went wrong on our side: it may have been done.")


def _end(act: ProviderAct) -> None:
    act.ended_at, act.told = timezone.now(), act.told[:300]
    act.save(update_fields=["state", "reason", "told", "ended_at"])
    # Who and about whom is in the row: the log holds no name.
    log.info("act_at_provider", account_id=act.account_id, what=act.what, row=act.pk, state=act.state)
