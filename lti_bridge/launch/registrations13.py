"""Which registration a login is of. When an exam begins, hundreds of logins in a row are of the same one.

So a process keeps what it found for some seconds. A registration that was switched off meanwhile still sends browsers
to its platform, and launches nothing: the launch itself reads the row.
"""

import time

from lti_bridge.launch.refusals import refuse
from lti_bridge.models import Lti13Registration

#: Seconds that a registration is kept.
KEPT = 5.0
#: Registrations that are kept at a time.
_MOST = 1000

_kept: dict[tuple[str, str], tuple[float, Lti13Registration]] = {}


def find(issuer: str, client_id: str) -> Lti13Registration:
    """The registration of an issuer and client id; without one, the only registration that the issuer has.

    Raises ``LaunchRejected`` when there is none, several, or none that is live.
    """
    known = _kept.get((issuer, client_id))
    if known and time.monotonic() - known[0] < KEPT:
        return known[1]
    found = _read(issuer, client_id)
    if len(_kept) >= _MOST:
        _kept.clear()
    _kept[issuer, client_id] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Have this process look anew, as in a test."""
    _kept.clear()


def why_not_live(registration: Lti13Registration) -> str:
    """The reason code of a registration that nobody launches by; empty for a live one."""
    if not registration.enabled:
        return "registration_off"
    return "registration_waits" if registration.awaits_approval else ""


def _read(issuer: str, client_id: str) -> Lti13Registration:
    rows = Lti13Registration.objects.filter(issuer=issuer, **({"client_id": client_id} if client_id else {}))
    live = list(rows.filter(enabled=True, awaits_approval=False).order_by()[:2])
    if len(live) == 1:
        return live[0]
    if live:
        raise refuse("several_registrations", issuer=issuer, detail="client_id")
    known = rows.order_by("-enabled").first()
    if known is None:
        raise refuse("unknown_registration", key=client_id, issuer=issuer)
    raise refuse(why_not_live(known), key=client_id, issuer=issuer)
