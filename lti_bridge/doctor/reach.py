"""The other sides: does each LMS's gradebook and each provider answer at all. Any HTTP answer counts."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.db.models import Prefetch, QuerySet

from lti_bridge import http
from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.models import Account, Cell, LineItem, Lti11Registration, Platform

#: LTI 1.1 signatures carry the time; most LMSs accept a few minutes.
CLOCK_SECONDS = 60
_AT_ONCE = 8
_ADVICE = {
    "forbidden_address": "If the address is right, add the host to ALLOWED_PRIVATE_HOSTS.",
    "bad_url": "Use https; plain http only for hosts in ALLOWED_PRIVATE_HOSTS.",
    "dns": "Check the name, and the DNS of this machine.",
    "tls": "Check the certificate of the other side, and its chain.",
}
_OPEN_A_LINK = "Open a graded link as a learner once; the LMS says then where grades go."
_DEFAULT_ADVICE = "Check the way out of this machine (firewall, proxy) and whether the other side is up."


@dataclass(frozen=True, slots=True)
class Target:
    """Someone to knock at. ``origin``: scheme and host, no path: nothing there can be meant as a request.

    ``guessed``: nobody gave this address yet, so silence there proves little.
    """

    name: str
    origin: str
    guessed: bool = False


def check_platforms() -> Iterable[Finding]:
    """Each platform's gradebook service, at the newest address it gave."""
    targets = []
    for platform in Platform.objects.prefetch_related(Prefetch("lti11", _without_secrets())):
        name, told = f"platform {platform.name}", _gradebooks(platform)
        guessed = [] if told else _guesses(platform)
        targets += [Target(name, origin) for origin in told] + [Target(name, each, guessed=True) for each in guessed]
        if not told and not guessed and not platform.lti13.exists():
            yield warn(name, "no gradebook address is known yet", _OPEN_A_LINK)
    yield from _knock(targets)


def check_accounts() -> Iterable[Finding]:
    """Each account's addresses, as far as its settings name them."""
    targets = []
    for account in Account.objects.filter(enabled=True).defer("secrets"):
        origins = {_origin(value) for value in account.settings.values() if isinstance(value, str)} - {""}
        targets += [Target(f"account {account.name}", origin) for origin in sorted(origins)]
        if not origins:
            yield ok(f"account {account.name}", "uses its provider's own addresses (not asked)")
    yield from _knock(targets)


def _without_secrets() -> QuerySet[Lti11Registration]:
    # A secret that no key opens is the keys' trouble, and told there.
    return Lti11Registration.objects.defer("secrets")


def _gradebooks(platform: Platform) -> list[str]:
    outcomes = Cell.objects.filter(platform=platform).exclude(outcome_service_url="").order_by("-addressed_at")
    columns = LineItem.objects.filter(resource_link__context__platform=platform).order_by("-addressed_at")
    newest = [
        *outcomes.values_list("outcome_service_url", flat=True)[:20],
        *(row.url or row.container_url for row in columns[:20]),
    ]
    return sorted({origin for origin in map(_origin, newest) if origin})


def _guesses(platform: Platform) -> list[str]:
    """Before any learner's launch: the hosts that the registration names, by https."""
    return sorted({f"https://{host}" for each in platform.lti11.all() for host in each.service_hosts})


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def _knock(targets: list[Target]) -> Iterable[Finding]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(_ask, targets)


def _ask(target: Target) -> Finding:
    try:
        answer = http.get(f"{target.origin}/", timeout=(3, 5), deadline=6, max_bytes=500_000)
    except http.HttpProblem as problem:
        if problem.code == "too_large":
            return ok(target.name, f"{urlsplit(target.origin).netloc} answers")
        if target.guessed:
            advice = _ADVICE.get(problem.code, _OPEN_A_LINK)
            return warn(target.name, f"no learner came yet; tried by https: {problem.message}", advice)
        return fail(target.name, problem.message, _ADVICE.get(problem.code, _DEFAULT_ADVICE))
    difference = _clock_difference(answer)
    if difference is not None and difference > CLOCK_SECONDS:
        text = f"{urlsplit(target.origin).netloc}: its clock and ours differ by {difference:.0f} s"
        return warn(target.name, text, "Keep this machine's clock right by NTP; signatures carry the time.")
    return ok(target.name, f"{urlsplit(target.origin).netloc} answers")


def _clock_difference(answer: http.Answer) -> float | None:
    try:
        return abs(parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
