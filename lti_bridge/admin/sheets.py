"""Set-up sheets: the values that an administrator copies into an LMS. None of them is a secret."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from lti_bridge.launch import our_tool
from lti_bridge.models import Platform


@dataclass(frozen=True, slots=True)
class Line:
    """One value to copy (``code``), or words about one."""

    label: str
    value: str
    code: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """The values of one LTI version. ``note``: what else to know."""

    title: str
    lines: list[Line] = field(default_factory=list)
    note: str = ""


def sheets_of_platform(platform: Platform) -> list[Sheet]:
    """What the LMS is told of us, by each version."""
    return [_by_lti13(), _by_lti11(platform.lti11.values_list("consumer_key", flat=True))]


def _by_lti13() -> Sheet:
    ours = our_tool.addresses()
    lines = [
        Line(_("Launch URL: tool URL, target link URI, redirection URI"), ours.launch),
        Line(_("Login URL (initiate login, OpenID Connect)"), ours.login),
        Line(_("Public key set (JWKS)"), ours.key_set),
        Line(_("Deep linking, content selection"), ours.launch),
        Line(_("Configuration by JSON (Canvas)"), _public("lti13-config")),
        Line(
            _("Registration by the LMS itself"), _("Make an invitation: its link is what the LMS asks for."), code=False
        ),
    ]
    note = _("The LMS then tells its issuer, a client id, a deployment id and three addresses: enter them below.")
    return Sheet(_("To copy into the LMS: LTI 1.3"), lines, note)


def _by_lti11(consumer_keys: Iterable[str]) -> Sheet:
    keys = [Line(_("Consumer key"), key) for key in consumer_keys]
    told = _("The one you typed in, or a new one: open the registration and press “Make a new secret”.")
    lines = [
        Line(_("Launch URL"), _public("lti11-launch")),
        Line(_("Configuration by XML"), _public("lti11-config")),
        *(keys or [Line(_("Consumer key"), _("Add an LTI 1.1 registration below."), code=False)]),
        Line(_("Shared secret"), told, code=False),
    ]
    return Sheet(_("To copy into the LMS: LTI 1.1"), lines)


def _public(name: str) -> str:
    return settings.PUBLIC_ORIGIN + reverse(name)
