"""The reference: what a person reads aloud to support, and what support finds in the log."""

import re
import secrets

import structlog

_HEX = re.compile(r"[0-9a-f]{12}")


def reference() -> str:
    """The reference of the request at hand, such as ``3f2a-91bc-77d0``: the same for the whole request.

    It comes from the request id and is bound into the log, so that every later line carries both. A request id that a
    stranger chose is used only if it looks like one of ours.
    """
    bound = structlog.contextvars.get_contextvars()
    if "reference" in bound:
        return str(bound["reference"])
    digits = str(bound.get("request_id", "")).replace("-", "")[:12]
    if not _HEX.fullmatch(digits):
        digits = secrets.token_hex(6)
    made = _in_groups(digits)
    structlog.contextvars.bind_contextvars(reference=made)
    return made


def new_reference() -> str:
    """A reference of its own, for something that stays when the request is long over."""
    return _in_groups(secrets.token_hex(6))


def _in_groups(digits: str) -> str:
    return "-".join((digits[:4], digits[4:8], digits[8:]))
