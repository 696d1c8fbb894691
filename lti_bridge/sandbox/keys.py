"""What the sandbox and the bridge agreed: keys, and secrets that no installation shares with another."""

from django.utils.crypto import salted_hmac

#: The pretend LMS launches the bridge with it.
LMS_KEY = "greendale"
#: The bridge launches the pretend Isograd with it.
ISOGRAD_KEY = "lti-bridge-demo"


def shared_secret(consumer_key: str) -> str:
    """The secret of one of these keys, derived from ``SECRET_KEY``."""
    return salted_hmac("lti_bridge.sandbox", consumer_key, algorithm="sha256").hexdigest()
