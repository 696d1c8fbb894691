"""A relay launch becomes something for the browser: by LTI 1.3 where the provider's tool speaks it, else by LTI 1.1."""

from collections.abc import Iterable

from lti_bridge.providers.actions import FormPost, Redirect, RelayLaunch
from lti_bridge.providers.base import Opening
from lti_bridge.relay import lti11, lti13


def launch(opening: Opening, relay: RelayLaunch, *, framed_by: Iterable[str] = ()) -> FormPost | Redirect:
    """What the browser does to get into the provider's tool. Raises ``CannotOpen`` when the account lacks something.

    ``framed_by``: the sites in whose frames the launch may take place, where it needs pages of ours on its way.
    """
    if relay.tool is not None:
        return lti13.launch(opening, relay, relay.tool, framed_by)
    return lti11.launch(opening, relay)
