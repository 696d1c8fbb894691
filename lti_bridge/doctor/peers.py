"""The other sides of LTI 1.3: can the key set of each platform and each provider's tool be read, who gives tokens.

Nothing is signed and nothing kept: a key set is fetched, and a token address has to answer, whatever it says.
"""

import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lti_bridge import http, jose
from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.errors import BridgeError, ConfigurationError
from lti_bridge.known_endpoints import KNOWN
from lti_bridge.models import Account, Lti13Registration
from lti_bridge.providers import provider_of
from lti_bridge.providers.actions import Lti13Tool

#: What an id_token or an assertion is refused for is the leeway of the other side, often none: seconds matter.
CLOCK_SECONDS = 10
_AT_ONCE = 8
_ADVICE = {
    "forbidden_address": "If the address is right, add the host to ALLOWED_PRIVATE_HOSTS.",
    "bad_url": "Use https; plain http only for hosts in ALLOWED_PRIVATE_HOSTS.",
    "dns": "Check the name, and the DNS of this machine.",
    "tls": "Check the certificate of the other side, and its chain.",
    "too_large": "That is no key set; check the address.",
}
_DEFAULT_ADVICE = "Check the way out of this machine (firewall, proxy) and whether the other side is up."
_NO_KEY = "Check the address; without a usable key no launch and no message can be believed."


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody whose signatures we check. ``token_endpoint``: empty where we ask for no token."""

    name: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    token_endpoint: str = ""


def check_registrations() -> Iterable[Finding]:
    """Each LTI 1.3 registration: its key set, its token address, its clock."""
    rows = Lti13Registration.objects.filter(enabled=True, awaits_approval=False).select_related("platform")
    peers = []
    for row in rows:
        name = f"lti13 {row.platform.name} {row.client_id}"
        peers.append(Peer(name, row.jwks_uri, tuple(row.algorithms), row.token_endpoint))
        yield from _agreed(name, row)
    yield from _ask_all(peers)


def check_tools() -> Iterable[Finding]:
    """Each provider's LTI 1.3 tool: its key set."""
    peers = []
    for account in Account.objects.filter(enabled=True).defer("secrets"):
        name = f"account {account.name}"
        try:
            tool: Lti13Tool | None = provider_of(account.provider).lti13_tool(account)
        except (BridgeError, ConfigurationError) as error:
            yield fail(name, f"its LTI 1.3 settings are not complete: {error}", "Complete the account's settings.")
            continue
        if tool is not None:
            peers.append(Peer(name, tool.jwks_uri, jose.ALGORITHMS))
    yield from _ask_all(peers)


def _agreed(name: str, row: Lti13Registration) -> Iterable[Finding]:
    """What can be told from the registration alone."""
    if not row.token_endpoint:
        yield warn(name, "it has no token endpoint, so no grades can be sent", "Set it, if the LMS has one.")
    known = KNOWN.get(row.platform.family)
    wanted = known.token_audience if known else ""
    if wanted and row.token_endpoint and not row.token_audience:
        advice = f"Set token_audience, usually to {wanted}."
        yield warn(name, f"{row.platform.get_family_display()} wants another token audience than the address", advice)


def _ask_all(peers: list[Peer]) -> Iterable[Finding]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for findings in pool.map(_ask, peers):
            yield from findings


def _ask(peer: Peer) -> list[Finding]:
    keys, answer = _key_set(peer)
    found = [keys]
    if peer.token_endpoint:
        tokens, answered = _token_endpoint(peer)
        found.append(tokens)
        answer = answer or answered
    difference = _clock_difference(answer) if answer else None
    if difference is not None and difference > CLOCK_SECONDS:
        text = f"its clock and ours differ by {difference:.0f} s"
        found.append(warn(peer.name, text, "Keep both clocks right by NTP; tokens are refused for seconds."))
    return found


def _key_set(peer: Peer) -> tuple[Finding, http.Answer | None]:
    host = urlsplit(peer.jwks_uri).netloc
    try:
        answer = http.get(
            peer.jwks_uri, headers={"Accept": "application/json"}, timeout=(3, 5), deadline=6, max_bytes=256 * 1024
        )
    except http.HttpProblem as problem:
        advice = _ADVICE.get(problem.code, _DEFAULT_ADVICE)
        return fail(peer.name, f"its key set cannot be read: {problem.message}", advice), None
    if answer.status != 200:
        return fail(peer.name, f"its key set cannot be read: {host} answered HTTP {answer.status}.", _NO_KEY), answer
    usable = _usable_keys(answer.body, peer.algorithms)
    if not usable:
        accepted = ", ".join(peer.algorithms)
        return fail(peer.name, f"there is no usable key for {accepted} in its key set at {host}", _NO_KEY), answer
    counted = "1 usable key" if usable == 1 else f"{usable} usable keys"
    return ok(peer.name, f"{counted} in its key set at {host}"), answer


def _usable_keys(body: bytes, algorithms: tuple[str, ...]) -> int:
    try:
        keys = jose.public_keys(json.loads(body))
    except (ValueError, RecursionError):
        return 0
    return sum(any(jose.fits(key, algorithm) for algorithm in algorithms) for key in keys.values())


def _token_endpoint(peer: Peer) -> tuple[Finding, http.Answer | None]:
    """A GET is no request for a token; any answer shows that there is somebody, and that TLS holds."""
    host = urlsplit(peer.token_endpoint).netloc
    try:
        answer = http.get(peer.token_endpoint, timeout=(3, 5), deadline=6, max_bytes=500_000)
    except http.HttpProblem as problem:
        if problem.code == "too_large":
            return ok(peer.name, f"its token endpoint at {host} answers"), None
        text = f"its token endpoint does not answer: {problem.message}"
        return fail(peer.name, text, _ADVICE.get(problem.code, _DEFAULT_ADVICE)), None
    return ok(peer.name, f"its token endpoint at {host} answers"), answer


def _clock_difference(answer: http.Answer) -> float | None:
    try:
        return abs(parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
