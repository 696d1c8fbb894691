"""Where an LTI 1.3 platform takes grades and tells its rosters, and whether we may call those hosts."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from django.db import transaction

from lti_bridge.launch.addresses import split_web_address
from lti_bridge.launch.launch import LineItemAddress, RosterAddress
from lti_bridge.launch.vocabulary import (
    GRADES,
    GRADES_SCOPES,
    LINE_ITEM,
    LINE_ITEM_READ,
    MEMBERS,
    SCORE,
    Claims,
    member,
    text,
    texts,
)
from lti_bridge.models import Deployment, Lti13Registration

log = structlog.get_logger(__name__)

#: In the place of an address: the launch has the claim, and offers nothing that we could use.
NO_COLUMN = "no_grade_column"


class Services(NamedTuple):
    """The addresses of a launch, and what is wrong with those that are told and not taken: a host, or a code."""

    grades: LineItemAddress | None = None
    grades_refused: str = ""
    roster: RosterAddress | None = None
    roster_refused: str = ""

    def permitted(self, registration: Lti13Registration) -> "Services":
        """The same without the addresses at strange hosts. The first that a registration tells is none: it is kept."""
        strange = _strange(registration, self._hosts())
        return self._without(_learn(registration, strange)) if strange else self

    def _hosts(self) -> list[str]:
        grades = (self.grades.line_item_url, self.grades.line_items_url) if self.grades else ()
        urls = (*grades, self.roster.url if self.roster else "")
        return list(dict.fromkeys(host for url in urls if (host := urlsplit(url).hostname)))

    def _without(self, strange: Iterable[str]) -> "Services":
        kept = self
        for host in strange:
            if host in Services(grades=kept.grades)._hosts():
                kept = kept._replace(grades=None, grades_refused=host)
            if host in Services(roster=kept.roster)._hosts():
                kept = kept._replace(roster=None, roster_refused=host)
        return kept


def read_services(claims: Claims, registration: Lti13Registration, deployment: Deployment) -> Services:
    """What a launch tells, as far as its form is right. Only what is :meth:`~Services.permitted` may be called."""
    grades, grades_refused = _grades(claims, registration, deployment)
    roster, roster_refused = _roster(claims, registration)
    return Services(grades, grades_refused, roster, roster_refused)


def _grades(
    claims: Claims, registration: Lti13Registration, deployment: Deployment
) -> tuple[LineItemAddress | None, str]:
    """A column or a place to find one, when scores may be sent there (AGS 2.0 §3.1)."""
    told = member(claims, GRADES)
    if not told:
        return None, ""
    scopes = tuple(scope for scope in GRADES_SCOPES if scope in texts(told, "scope"))
    line_item, line_items = text(told, "lineitem").strip(), text(told, "lineitems").strip()
    can_look = line_items and (LINE_ITEM in scopes or LINE_ITEM_READ in scopes)
    if SCORE not in scopes or not (line_item or can_look):
        return None, NO_COLUMN
    if not all(_can_be_called(url) for url in (line_item, line_items) if url):
        return None, "not_a_web_address"
    return LineItemAddress(registration.pk, deployment.pk, line_item, line_items, scopes), ""


def _roster(claims: Claims, registration: Lti13Registration) -> tuple[RosterAddress | None, str]:
    url = text(member(claims, MEMBERS), "context_memberships_url").strip()
    if not url:
        return None, ""
    return (RosterAddress(registration.pk, url), "") if _can_be_called(url) else (None, "not_a_web_address")


def _can_be_called(url: str) -> bool:
    return split_web_address(url) is not None and url.isascii()


def _strange(registration: Lti13Registration, hosts: Iterable[str]) -> list[str]:
    """Those hosts that the registration does not name."""
    own = (
        *(registration.issuer, registration.authorization_endpoint),
        *(registration.token_endpoint, registration.jwks_uri),
    )
    known = {parts.hostname for address in own if (parts := split_web_address(address))}
    return [host for host in hosts if host not in known and host not in registration.service_hosts]


def _learn(registration: Lti13Registration, strange: list[str]) -> list[str]:
    """Keep a strange host if the registration's launches told none yet; any other one waits for an administrator.

    Gives the hosts that must wait: of two first launches at once, only one teaches.
    """
    if not registration.service_hosts:
        with transaction.atomic():
            row = Lti13Registration.objects.select_for_update().get(pk=registration.pk)
            if not row.service_hosts:
                row.service_hosts = strange[:1]
                row.save(update_fields=["service_hosts"])
        strange = _strange(row, strange)
    if strange:
        log.warning("service address refused", key=registration.client_id, refused=" ".join(strange))
    return strange
