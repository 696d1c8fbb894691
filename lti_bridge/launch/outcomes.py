"""Where the grades of an LTI 1.1 launch go, and whether we may call that host."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from django.db import transaction

from lti_bridge import pox
from lti_bridge.launch.addresses import can_be_signed, split_web_address
from lti_bridge.launch.launch import OutcomeAddress
from lti_bridge.models import Lti11Registration

_LONGEST_SOURCEDID = 10_000
_DATA_VALUES = ("text", "url")
_EXTRAS = {
    "ext_outcome_result_total_score_accepted": "total_score",
    "ext_outcome_submission_submitted_at_accepted": "submitted_at",
    "ext_outcome_submission_prioritize_non_tool_grade_accepted": "prioritize_non_tool_grade",
    "ext_outcome_submission_needs_additional_review_accepted": "needs_additional_review",
}

log = structlog.get_logger(__name__)


def read_address(fields: Mapping[str, str], registration: Lti11Registration) -> tuple[OutcomeAddress | None, str]:
    """Where grades go, if the launch tells; and what is wrong with what it tells.

    Wrong is a strange host (which is named), ``too_long``, ``not_a_web_address``, ``cannot_be_signed`` or ``not_xml``.
    """
    url, sourcedid = fields.get("lis_outcome_service_url", "").strip(), fields.get("lis_result_sourcedid", "")
    if not url or not sourcedid.strip():
        return None, ""
    if len(sourcedid) > _LONGEST_SOURCEDID:
        return _refused(registration, "too_long")
    parts = split_web_address(url)
    if parts is None:
        return _refused(registration, "not_a_web_address")
    if not can_be_signed(url):
        return _refused(registration, "cannot_be_signed")
    if not _fits_xml(sourcedid):
        return _refused(registration, "not_xml")
    host = parts.hostname or ""
    if registration.service_hosts and host not in registration.service_hosts:
        return _refused(registration, host)
    return OutcomeAddress(registration.pk, url, sourcedid, _accepts(fields)), ""


def _refused(registration: Lti11Registration, what: str) -> tuple[None, str]:
    log.warning("gradebook address refused", key=registration.consumer_key, refused=what)
    return None, what


def _fits_xml(sourcedid: str) -> bool:
    try:
        pox.build_request("readResult", sourcedid)
    except ValueError:
        return False
    return True


def learn_host(registration: Lti11Registration, address: OutcomeAddress) -> str:
    """Keep the host of a registration's first gradebook address; any other one waits for an administrator.

    Gives the host when it must wait: of two first launches at once, only one teaches.
    """
    if registration.service_hosts:
        return ""
    host = urlsplit(address.service_url).hostname or ""
    with transaction.atomic():
        row = Lti11Registration.objects.select_for_update().get(pk=registration.pk)
        if not row.service_hosts:
            row.service_hosts = [host]
            row.save(update_fields=["service_hosts"])
    return "" if host in row.service_hosts else _refused(registration, host)[1]


def _accepts(fields: Mapping[str, str]) -> tuple[str, ...]:
    told = {value.strip() for value in fields.get("ext_outcome_data_values_accepted", "").split(",")}
    extras = [name for field, name in _EXTRAS.items() if fields.get(field, "").strip().lower() == "true"]
    return (*(value for value in _DATA_VALUES if value in told), *extras)
