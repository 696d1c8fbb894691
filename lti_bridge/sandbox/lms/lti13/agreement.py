"""What the pretend LMS tells its tools about itself, and the tool that it was given by hand: the bridge."""

from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.keys import BRIDGE_CLIENT_ID
from lti_bridge.sandbox.lti13 import bridge_address
from lti_bridge.sandbox.models import Lti13Tool

#: Whose key signs id_tokens.
PARTY = "lms"


def issuer() -> str:
    """What it calls itself."""
    return lms_url("sandbox-lms").rstrip("/")


def token_url() -> str:
    """Where tools get access tokens; also the audience of their assertions."""
    return lms_url("sandbox-lms13-token")


def key_generation(faults: Faults) -> int:
    """Which of its keys is in use."""
    return 1 if faults["lms_keys_rotated"] else 0


def make_tool() -> Lti13Tool:
    """Register the bridge by hand, as its documents say, or renew what its address decides."""
    launch = bridge_address("lti/1.3/launch")
    tool, _made = Lti13Tool.objects.update_or_create(
        client_id=BRIDGE_CLIENT_ID,
        defaults={
            "name": "LTI Bridge",
            "login_url": bridge_address("lti/1.3/login"),
            "redirect_uris": [launch],
            "jwks_uri": bridge_address("lti/1.3/jwks.json"),
            "target_link_uri": launch,
        },
    )
    return tool
