"""What only an administrator can put right is no answer to a learner: it is noted, and what was asked for waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account
from lti_bridge.providers import troubles
from lti_bridge.providers.inspera_originality import errors


@contextmanager
def waiting_for_administrators(account: Account) -> Iterator[None]:
    """Raises ``ProviderUnavailable`` in the place of such a refusal; all others pass."""
    try:
        yield
    except ProviderRefused as refused:
        if not errors.is_for_administrators(refused):
            raise
        troubles.note(account, refused.code, f"{refused.sentence} {refused.advice}")
        raise errors.postponed(refused) from None
