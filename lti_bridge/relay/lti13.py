"""LTI 1.3 launches of a provider's tool: we are its platform, and here is the first step, the login initiation.

What the id_token will say is frozen now, in a :class:`ProviderLaunch`; the tool only ever sees its unguessable key. The
provider sees ids of ours: nothing it learns is an id, a key or a secret of an LMS.
"""

from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

from django.urls import reverse

from lti_bridge.models import Activity, ProviderLaunch
from lti_bridge.providers.actions import FormPost, Lti13Tool, Redirect, RelayLaunch
from lti_bridge.providers.base import Opening
from lti_bridge.relay import binding, endpoints

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"

#: Seconds from the login initiation to the id_token.
LIFETIME = 600


def launch(opening: Opening, relay: RelayLaunch, tool: Lti13Tool, framed_by: Iterable[str] = ()) -> FormPost | Redirect:
    """Begin a launch of the provider's tool. ``framed_by``: the sites in whose frames it may take place."""
    row = ProviderLaunch.objects.create(
        account=opening.account,
        learner=opening.learner,
        resource_link=opening.resource_link,
        activity=opening.activity,
        attempt=opening.attempt,
        details={
            "message": RESOURCE_LINK,
            "role": "Learner",
            "target": _chosen_target(opening.activity, tool) or relay.url,
            "custom": dict(relay.custom),
            "locale": opening.locale,
            "return_url": opening.return_url,
            "origins": list(framed_by),
        },
    )
    return initiate(row, tool)


def initiate(row: ProviderLaunch, tool: Lti13Tool) -> FormPost | Redirect:
    """The login initiation of a launch (LTI 1.3 §4.1, OIDC third-party initiated login)."""
    fields = {
        "iss": endpoints.issuer(),
        "login_hint": subject(row),
        "target_link_uri": row.details["target"],
        "lti_message_hint": row.key,
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    cookie = binding.cookie_for(row.key, reverse("relay13-auth"), LIFETIME)
    if tool.login_method == "get":
        parts = urlsplit(tool.login_url)
        query = "&".join(filter(None, (parts.query, urlencode(fields))))
        return Redirect(parts._replace(query=query).geturl(), cookie)
    return FormPost(tool.login_url, fields, cookie)


def subject(row: ProviderLaunch) -> str:
    """Whom a launch is for, as the provider knows them: ``sub``, and the hint of the login."""
    return row.learner.opaque_id if row.learner else str(row.details["subject"])


def is_of_tool(url: str, tool: Lti13Tool) -> bool:
    """Whether an address is at a host of the tool: by https, or just as the tool itself is reached."""
    known = [urlsplit(each) for each in (tool.launch_url, tool.login_url, *tool.redirect_uris) if each]
    try:
        parts = urlsplit(url)
        plain_https = parts.scheme == "https" and parts.port in (None, 443)
    except ValueError:
        return False
    if "@" in parts.netloc or "\\" in url or not url.isprintable():
        return False
    if any((parts.scheme, parts.netloc) == (each.scheme, each.netloc) for each in known):
        return True
    return plain_https and parts.hostname in {each.hostname for each in known}


def _chosen_target(activity: Activity, tool: Lti13Tool) -> str:
    """The address that chosen content has of its own, while it is still the tool's."""
    url = str((activity.content or {}).get("url", ""))
    return url if url and is_of_tool(url, tool) else ""
