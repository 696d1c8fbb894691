"""The scopes of LTI Advantage services (AGS 2.0 §3.8, NRPS 2.0 §2.3)."""

from collections.abc import Iterable

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"

LINE_ITEM = f"{_AGS}lineitem"
LINE_ITEM_READONLY = f"{_AGS}lineitem.readonly"
RESULT_READONLY = f"{_AGS}result.readonly"
SCORE = f"{_AGS}score"
MEMBERSHIP_READONLY = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

GRADES = (LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE)


def for_grades(needed: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """What to ask for when ``needed`` is needed: that first, then whatever one token can serve grades with.

    ``allowed``: what the launch said may be asked for. Some platforms refuse a whole request for one scope too many.
    """
    return (needed, *sorted(scope for scope in set(allowed) & set(GRADES) if scope != needed))
