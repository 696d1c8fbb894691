"""What we are as an LTI 1.3 tool, for LMSs that are told by dynamic registration, by a JSON file, or by hand."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

NAME = "LTI Bridge"
DESCRIPTION = "Opens tests of assessment providers and brings the grades back."

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = (
    f"{_AGS}lineitem",
    f"{_AGS}lineitem.readonly",
    f"{_AGS}result.readonly",
    f"{_AGS}score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
#: What an id_token should say of a person: providers know people by name and e-mail address.
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
#: Which link a copied link comes from, where the LMS knows the variable.
CUSTOM = {"resource_link_id_history": "$ResourceLink.id.history"}

LAUNCH = "LtiResourceLinkRequest"
CHOICE = "LtiDeepLinkingRequest"
REVIEW = "LtiSubmissionReviewRequest"
PRIVACY = "LtiDataPrivacyLaunchRequest"
#: Canvas's names for the places where a teacher chooses content.
CANVAS_PLACEMENTS = ("assignment_selection", "link_selection")


class Addresses(NamedTuple):
    """Our public addresses, in full."""

    login: str
    launch: str
    key_set: str
    logo: str

    @property
    def host(self) -> str:
        """Host and port, as LMSs compare them."""
        return urlsplit(self.launch).netloc


def addresses() -> Addresses:
    """Where an LMS logs in, launches, and finds our keys."""
    paths = (reverse("lti13-login"), reverse("lti13-launch"), reverse("lti13-jwks"), static("bridge/icon.svg"))
    return Addresses(*(settings.PUBLIC_ORIGIN + path for path in paths))


def canvas_configuration() -> dict[str, Any]:
    """The JSON that Canvas imports when a developer key is made by hand (Canvas, "Manually Configuring LTI Tools")."""
    ours = addresses()
    placements = [
        {"placement": place, "message_type": CHOICE, "target_link_uri": ours.launch, "text": NAME, "enabled": True}
        for place in CANVAS_PLACEMENTS
    ]
    extension = {
        "platform": "canvas.instructure.com",
        "domain": ours.host,
        "tool_id": "lti_bridge",
        # Providers need names and e-mail addresses: "public" is Canvas's word for that.
        "privacy_level": "public",
        "settings": {"text": NAME, "icon_url": ours.logo, "placements": placements},
    }
    return {
        "title": NAME,
        "description": DESCRIPTION,
        "oidc_initiation_url": ours.login,
        "target_link_uri": ours.launch,
        "public_jwk_url": ours.key_set,
        "scopes": list(SCOPES),
        "custom_fields": CUSTOM,
        "extensions": [extension],
    }
