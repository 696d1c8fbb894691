"""Assessment providers: activity and learner in, an action for the browser out; message in, reports out.

Must not know: launches, the relay's versions, delivery, each other. ``PROVIDERS`` is the one list.
"""

from collections.abc import Mapping
from typing import Any

from lti_bridge.errors import ConfigurationError
from lti_bridge.models import Account
from lti_bridge.providers import operations
from lti_bridge.providers.base import Provider
from lti_bridge.providers.campfire.provider import Campfire
from lti_bridge.providers.inspera_assessment.provider import InsperaAssessment
from lti_bridge.providers.inspera_originality.provider import InsperaOriginality
from lti_bridge.providers.isograd.provider import Isograd

#: Every provider by its name. A retired one stays here, so that old rows stay readable.
PROVIDERS: dict[str, Provider] = {
    provider.name: provider for provider in (Isograd(), InsperaAssessment(), InsperaOriginality(), Campfire())
}


def provider_of(name: str) -> Provider:
    """The provider of that name. Raises ``ConfigurationError`` for a name nobody registered."""
    try:
        return PROVIDERS[name]
    except KeyError:
        raise ConfigurationError(f"There is no provider named {name!r}.") from None


def call(account: Account, name: str, arguments: Mapping[str, Any]) -> Any:
    """Carry out one operation of an account's API, and give the answer as JSON has it, in the provider's own names.

    Raises ``CannotCall`` when there is no such operation or its arguments are wrong (nothing was sent then),
    ``ProviderUnavailable`` or ``ProviderRefused`` as the provider answers.
    """
    return operations.call(provider_of(account.provider).operations, account, name, arguments)
