"""What an LTI 1.3 registration may hold, whoever writes it: the configuration file, the administration, an LMS itself.

Takes values, gives what is wrong with each in words that follow its name (``issuer must be …``). Reads settings alone.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from lti_bridge import address_guard
from lti_bridge.jose import ALGORITHMS

#: Two parsers must not read an address in two ways.
_PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_SERVICE_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")


def problems_of(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, by field; fields that are not there, and empty ones that may be, are left out."""
    found = {name: check(values[name]) for name, check in _CHECKS.items() if values.get(name) not in (None, "")}
    return {name: problem for name, problem in found.items() if problem}


def _issuer_problem(text: str) -> str:
    """LTI 1.3 §3.1.2 and Security Framework 1.1 §5.1.2: https, a host, no query, no fragment. Kept as it is written."""
    parts = _split(text)
    if parts is None or not _is_safe(parts):
        return _must_be_https()
    if "?" in text or "#" in text:
        return _("must have no query and no fragment: it is a name, compared letter by letter")
    return ""


def _address_problem(text: str) -> str:
    parts = _split(text)
    if parts is None or not _is_safe(parts):
        return _must_be_https()
    return _("must have no fragment") if "#" in text else ""


def _audience_problem(text: str) -> str:
    """An audience is compared and never called, so nothing hangs on its scheme."""
    return "" if _PLAIN.fullmatch(text) else _("must have no blanks and no other signs than ASCII's")


def _algorithms_problem(value: Any) -> str:
    known = ", ".join(ALGORITHMS)
    if not isinstance(value, list) or not value or any(each not in ALGORITHMS for each in value):
        return _("must be one or more of %(known)s") % {"known": known}
    return ""


def _hosts_problem(value: Any) -> str:
    listed = value if isinstance(value, list) else [None]
    if all(isinstance(each, str) and _SERVICE_HOST.fullmatch(each) for each in listed):
        return ""
    return _("must be a list of host names in small letters, without https:// and without a port")


_CHECKS: Mapping[str, Callable[[Any], str]] = {
    "issuer": _issuer_problem,
    "authorization_endpoint": _address_problem,
    "token_endpoint": _address_problem,
    "jwks_uri": _address_problem,
    "token_audience": _audience_problem,
    "algorithms": _algorithms_problem,
    "service_hosts": _hosts_problem,
}


def _must_be_https() -> str:
    return _(
        "must be a full https address (http only for hosts in ALLOWED_PRIVATE_HOSTS, or where BASE_URL is http itself)"
    )


def _split(text: str) -> SplitResult | None:
    """The parts of an http(s) address with a host and without credentials; None for anything else."""
    try:
        parts = urlsplit(text) if _PLAIN.fullmatch(text) else None
        if parts is None or parts.scheme not in ("http", "https") or parts.port == 0 or "@" in parts.netloc:
            return None
    except ValueError:
        return None
    return parts if _HOST.fullmatch(parts.hostname or "") else None


def _is_safe(parts: SplitResult) -> bool:
    """By https; by http where this site, or that host, is for trials only."""
    if parts.scheme == "https" or settings.BASE_URL.startswith("http:"):
        return True
    return address_guard.is_named(parts.hostname or "", parts.port or 80)
