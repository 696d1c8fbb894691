"""Invitations: a link with a secret, with which an LMS administrator registers a platform by dynamic registration.

The secret is shown once and kept as a digest. An invitation is used up by one conditional update, before the LMS is
asked for anything, so that of two presses of the button one registers.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import RegistrationRefused
from lti_bridge.models import Invitation, Lti13Registration

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LIFETIME = timedelta(days=7)
_NEW_ONE = _("Ask the administrators of this service for a new invitation.")


def make(
    platform_name: str, family: str, *, made_by: "User | None" = None, lifetime: timedelta = LIFETIME
) -> tuple[Invitation, str]:
    """A new invitation and its secret, which is not kept."""
    row = Invitation(platform_name=platform_name, family=family, made_by=made_by, expires_at=timezone.now() + lifetime)
    secret = give_secret(row)
    row.save(force_insert=True)
    return row, secret


def give_secret(invitation: Invitation) -> str:
    """Give an invitation a secret, which is not kept; one that it had before opens nothing any more. Does not save."""
    secret = secrets.token_urlsafe(32)
    invitation.digest = _digest(secret)
    return secret


def address_of(secret: str) -> str:
    """The link that goes to the LMS's administrator, who pastes it into the LMS."""
    return f"{settings.PUBLIC_ORIGIN}{reverse('lti13-register')}?invitation={secret}"


def find(secret: str) -> Invitation:
    """The invitation of a secret, if it can be used. Raises ``RegistrationRefused``."""
    row = Invitation.objects.filter(digest=_digest(secret)).first() if secret else None
    if row is None:
        raise RegistrationRefused(
            "invitation_unknown",
            _("This link is not an invitation of this service."),
            _("Copy the whole link into your LMS, or ask the administrators of this service for a new invitation."),
            status=403,
        )
    if row.used_at is not None:
        raise RegistrationRefused(
            "invitation_used", _("This invitation was used before; each works once."), _NEW_ONE, status=403
        )
    if row.expires_at <= timezone.now():
        raise RegistrationRefused("invitation_expired", _("This invitation has expired."), _NEW_ONE, status=403)
    return row


def use_up(invitation: Invitation) -> None:
    """Use an invitation up. Raises ``RegistrationRefused`` when another request was faster."""
    now = timezone.now()
    if not Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now).update(used_at=now):
        raise RegistrationRefused(
            "invitation_used", _("This invitation was used before; each works once."), _NEW_ONE, status=403
        )


def give_back(invitation: Invitation) -> None:
    """Let an invitation that led to nothing be used again."""
    Invitation.objects.filter(pk=invitation.pk, registration=None).update(used_at=None)


def keep_result(invitation: Invitation, registration: Lti13Registration) -> None:
    """Note what came of an invitation."""
    invitation.platform, invitation.registration = registration.platform, registration
    invitation.save(update_fields=["platform", "registration"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
