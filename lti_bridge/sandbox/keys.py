"""What the sandbox and the bridge agreed: keys and client ids, and secrets that no installation shares with another."""

from django.utils.crypto import salted_hmac

#: The pretend LMS launches the bridge with it, by LTI 1.1.
LMS_KEY = "greendale"
#: The bridge launches the pretend Isograd with it, by LTI 1.1.
ISOGRAD_KEY = "lti-bridge-demo"
#: The bridge asks the pretend Isograd's API for tokens with it.
ISOGRAD_API_CLIENT_ID = "lti-bridge-demo-api"
#: The bridge's app at the pretend Campfire: for its API and for launches of its player.
CAMPFIRE_KEY = "campfire-app-demo"
#: What the pretend LMS calls the bridge, its LTI 1.3 tool.
BRIDGE_CLIENT_ID = "bridge-at-greendale"
#: What the bridge calls the LTI 1.3 tools of the pretend Isograd and the pretend Inspera, and where they are deployed.
ISOGRAD_CLIENT_ID = "isograd-at-the-bridge"
INSPERA_CLIENT_ID = "inspera-at-the-bridge"
TOOL_DEPLOYMENT_ID = "1"
#: What the bridge shows the pretend Inspera's API, and what its webhooks are signed with: see ``shared_secret``.
INSPERA_CODE = "inspera-code"
INSPERA_WEBHOOKS = "inspera-webhooks"

#: The bridge's account at the pretend Originality: its client id (a secret there) and its user for users and courses.
ORIGINALITY_CLIENT_ID = "originality-client"
ORIGINALITY_EMAIL = "bridge@greendale.example.edu"


def shared_secret(consumer_key: str) -> str:
    """The secret of one of these keys, derived from ``SECRET_KEY``."""
    return salted_hmac("lti_bridge.sandbox", consumer_key, algorithm="sha256").hexdigest()
