"""Our public addresses as an LTI 1.3 platform, as providers' tools are told them."""

from django.conf import settings
from django.urls import reverse

from lti_bridge.models import ProviderLineItem


def issuer() -> str:
    """Who we are to providers' tools: ``iss`` of our tokens."""
    return str(settings.BASE_URL)


def auth_url() -> str:
    return _public("relay13-auth")


def token_url() -> str:
    return _public("relay13-token")


def jwks_url() -> str:
    return _public("relay13-jwks")


def content_url() -> str:
    """Where content comes back that was chosen at the provider."""
    return _public("relay13-content")


def line_items_url(context_id: int) -> str:
    return _public("relay13-line-items", context=context_id)


def line_item_url(row: ProviderLineItem) -> str:
    return _public("relay13-line-item", context=row.context_id, line_item=row.pk)


def results_url(row: ProviderLineItem) -> str:
    return _public("relay13-results", context=row.context_id, line_item=row.pk)


def memberships_url(context_id: int) -> str:
    return _public("relay13-memberships", context=context_id)


def _public(name: str, **parts: int) -> str:
    return f"{settings.PUBLIC_ORIGIN}{reverse(name, kwargs=parts)}"
