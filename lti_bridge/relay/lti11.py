"""LTI 1.1 launches of a provider's tool: we are its consumer.

The provider sees ids of ours only: nothing it learns here is an id, a key or a secret of an LMS.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

import lti_bridge
from lti_bridge import oauth1
from lti_bridge.errors import CannotOpen
from lti_bridge.models import Account, Attempt, Learner, ResourceLink
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import FormPost, RelayLaunch
from lti_bridge.providers.base import Opening
from lti_bridge.providers.names import given_and_family
from lti_bridge.relay.outcomes import service_url

DEFAULT_METHOD = "HMAC-SHA1"


def launch(opening: Opening, relay: RelayLaunch) -> FormPost:
    """Sign a launch of ``relay.url`` as LTI 1.1's consumer. A query in that address stays there and is signed.

    Raises ``CannotOpen`` when the account has no consumer key and secret.
    """
    fields = (
        _message(opening)
        | _link(opening)
        | _person(opening.learner)
        | _ourselves()
        | _outcome(opening.attempt)
        | _custom(relay)
        | dict(relay.fields)
    )
    key, secret = _credentials(opening.account)
    signed = oauth1.sign_form(
        relay.url,
        {name: text for name, value in fields.items() if (text := value.strip())},
        key=key,
        secret=secret,
        method=opening.account.settings.get("signature_method", DEFAULT_METHOD),
    )
    return FormPost(relay.url, signed)


def _message(opening: Opening) -> dict[str, str]:
    return {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "launch_presentation_locale": opening.locale.replace("_", "-"),
        "launch_presentation_document_target": "window",
        "launch_presentation_return_url": opening.return_url,
    }


def _link(opening: Opening) -> dict[str, str]:
    link: ResourceLink = opening.resource_link
    return {
        "resource_link_id": f"l.{link.pk}",
        "resource_link_title": link.title or opening.activity.title,
        "resource_link_description": opening.activity.description,
        "context_id": f"c.{link.context_id}",
        "context_type": "CourseSection",
        "context_title": link.context.title or link.context.label,
        "context_label": link.context.label or link.context.title,
    }


def _person(learner: Learner) -> dict[str, str]:
    given, family = given_and_family(learner)
    return {
        "user_id": learner.opaque_id,
        "roles": "Learner",
        "lis_person_name_given": given,
        "lis_person_name_family": family,
        "lis_person_name_full": learner.full_name.strip() or f"{given} {family}",
        "lis_person_contact_email_primary": learner.email,
    }


def _ourselves() -> dict[str, str]:
    return {
        "tool_consumer_info_product_family_code": "lti-bridge",
        "tool_consumer_info_version": lti_bridge.__version__,
        "tool_consumer_instance_guid": urlsplit(settings.BASE_URL).hostname or "",
        "tool_consumer_instance_name": "LTI Bridge",
    }


def _outcome(attempt: Attempt | None) -> dict[str, str]:
    if attempt is None:
        return {}
    return {"lis_outcome_service_url": service_url(), "lis_result_sourcedid": attempt.key}


def _custom(relay: RelayLaunch) -> dict[str, str]:
    """Custom parameters under the names LTI 1.1 gives them: lower case, all but letters and digits as ``_``."""
    return {"custom_" + re.sub("[^a-z0-9]", "_", name.lower()): value for name, value in relay.custom.items()}


def _credentials(account: Account) -> tuple[str, str]:
    key_name, secret_name = provider_of(account.provider).lti11_secrets
    key, secret = account.secrets.get(key_name), account.secrets.get(secret_name)
    if not (key and secret):
        raise CannotOpen(
            "account_incomplete",
            _("This test cannot be opened yet: its set-up is not complete."),
            _("Please tell your teacher."),
            detail=f"account {account.name} has no {key_name} or no {secret_name}",
        )
    return key, secret
