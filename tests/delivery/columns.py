"""The small world of ``cells`` by LTI 1.3: the same school, and a link whose grades go to a column."""

from typing import Any

from lti_bridge import columns, signing_keys
from lti_bridge.advantage import tokens
from lti_bridge.launch.launch import LineItemAddress
from lti_bridge.models import AccessToken, Deployment, LineItem, Lti13Registration, ResourceLink
from tests.ags_server import CLIENT_ID, Platform
from tests.delivery.cells import make_link


def our_keys() -> dict[str, Any]:
    """What a platform checks our assertions with."""
    return signing_keys.key_set(signing_keys.Side.TOOL)


def start_anew() -> None:
    """This process knows no token and no key, as the database of a test does not."""
    tokens.forget()
    signing_keys.forget_signers()


def tokens_get_older(seconds: float) -> None:
    """The time passes for every access token, and this process has forgotten them."""
    for row in AccessToken.objects.exclude(expires_at=None):
        row.secret = row.secret | {"made_at": row.secret["made_at"] - seconds}
        row.secret |= {"expires_at": row.secret["expires_at"] - seconds}
        row.save()
    tokens.forget()


def make_column_link(platform: Platform, *, family: str = "", key: str = "campus", **more: str) -> ResourceLink:
    """A link of an LMS whose grade services ``platform`` plays; the launch told where its columns are."""
    named = {"plain": "other"}.get(platform.mode, platform.mode)
    link = make_link(family=family or named, key=key, **more)
    registration = Lti13Registration.objects.create(
        platform=link.context.platform,
        issuer=f"{platform.base}/{key}",
        client_id=CLIENT_ID,
        authorization_endpoint=f"{platform.base}/auth",
        token_endpoint=f"{platform.base}/token",
        jwks_uri=f"{platform.base}/jwks",
    )
    Deployment.objects.create(
        registration=registration, platform=link.context.platform, deployment_id="2", approved=True
    )
    return link


def told(link: ResourceLink, claim: dict[str, Any]) -> LineItem:
    """A launch at the link tells its grade services."""
    registration = Lti13Registration.objects.get(platform=link.context.platform)
    address = LineItemAddress(
        registration_id=registration.pk,
        deployment_id=registration.deployments.get().pk,
        line_item_url=claim.get("lineitem", ""),
        line_items_url=claim.get("lineitems", ""),
        scopes=tuple(claim.get("scope", ())),
    )
    row = LineItem.objects.filter(resource_link=link).first()
    return columns.keep_line_item(row, link, address)
