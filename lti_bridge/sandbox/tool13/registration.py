"""The tools that the bridge registered, as their makers know them: who they are there, and where they are."""

from dataclasses import dataclass

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.keys import INSPERA_CLIENT_ID, ISOGRAD_CLIENT_ID, TOOL_DEPLOYMENT_ID


@dataclass(frozen=True, slots=True)
class Tool:
    """One vendor's tool at the bridge. ``party``: whose key signs. ``route``: its one address for all messages."""

    party: str
    client_id: str
    route: str
    deployment_id: str = TOOL_DEPLOYMENT_ID

    @property
    def url(self) -> str:
        """Login, redirect and target link address in one."""
        return provider_url(self.route)


ISOGRAD = Tool("isograd", ISOGRAD_CLIENT_ID, "sandbox-isograd-lti")
INSPERA = Tool("inspera", INSPERA_CLIENT_ID, "sandbox-inspera-launch")
#: By client id.
TOOLS = {tool.client_id: tool for tool in (ISOGRAD, INSPERA)}
