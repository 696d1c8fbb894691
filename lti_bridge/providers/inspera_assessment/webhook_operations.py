"""The operations about webhooks: what Inspera can tell of, and who is told."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from lti_bridge.errors import CannotCall
from lti_bridge.models import Account
from lti_bridge.providers.inspera_assessment.client import ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of
from lti_bridge.providers.inspera_assessment.values import ADDRESS, TEXT
from lti_bridge.providers.kinds import ID
from lti_bridge.providers.operations import Argument, Operation


def our_address(account: Account) -> str:
    """Where Inspera tells us of events."""
    path = reverse("webhook", kwargs={"provider": account.provider, "account": account.name})
    return f"{settings.PUBLIC_ORIGIN}{path}"


def list_subscriptions(account: Account, _values: Mapping[str, Any]) -> Any:
    """Who is told of what."""
    return ask(account, "list_subscriptions")


def list_events(account: Account, _values: Mapping[str, Any]) -> Any:
    """What Inspera can tell of."""
    return ask(account, "list_webhook_events")


def subscribe(account: Account, values: Mapping[str, Any]) -> Any:
    """Have an address told of an event, signed with the account's webhook secret."""
    secret = account.secrets.get("webhook_secret")
    if not secret:
        raise CannotCall("no_webhook_secret", ["The account has no webhook_secret: give it one first."])
    body = {
        key_of(account, "subscription.endpoint"): values.get("endpoint", our_address(account)),
        key_of(account, "subscription.event"): values["event"],
        key_of(account, "subscription.secret"): secret,
    }
    return ask(account, "subscribe", body=body)


def unsubscribe(account: Account, values: Mapping[str, Any]) -> Any:
    """Have nobody told any more."""
    return ask(account, "unsubscribe", {"subscription_id": values["subscription_id"]})


OPERATIONS = (
    Operation("list_webhook_events", "The events that can be subscribed to", {}, list_events),
    Operation("list_subscriptions", "The subscriptions that there are", {}, list_subscriptions),
    Operation(
        "subscribe",
        "Subscribe to an event, with the account's webhook_secret",
        {
            "event": Argument(TEXT, "one of list_webhook_events", required=True),
            "endpoint": Argument(ADDRESS, "who is told; this site's own address when left out"),
        },
        subscribe,
        audited=True,
    ),
    Operation(
        "unsubscribe",
        "End a subscription",
        {"subscription_id": Argument(ID, "its id", required=True)},
        unsubscribe,
        former_names={"subscriptionId": "subscription_id"},
        audited=True,
    ),
)
