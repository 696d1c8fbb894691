"""A relay launch becomes something for the browser: by LTI 1.3 where the provider's tool speaks it, else by LTI 1.1."""

from lti_bridge.providers.actions import FormPost, Redirect, RelayLaunch
from lti_bridge.providers.base import Opening
from lti_bridge.relay import lti11


def launch(opening: Opening, relay: RelayLaunch) -> FormPost | Redirect:
    """What the browser does to get into the provider's tool. Raises ``CannotOpen`` when the account lacks something."""
    return lti11.launch(opening, relay)
