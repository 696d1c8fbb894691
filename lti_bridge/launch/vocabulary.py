"""The names that LTI 1.3 gives to claims and scopes, and how their values are read without believing their types."""

from collections.abc import Mapping
from typing import Any

Claims = Mapping[str, Any]

#: Begins the names of LTI's own claims.
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

_GRADES_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE = f"{_GRADES_SCOPE}score"
LINE_ITEM = f"{_GRADES_SCOPE}lineitem"
LINE_ITEM_READ = f"{_GRADES_SCOPE}lineitem.readonly"
RESULT_READ = f"{_GRADES_SCOPE}result.readonly"
#: What we may have use for.
GRADES_SCOPES = (LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE)


def text(part: Claims, name: str) -> str:
    """A member as it was sent; empty when it is missing, of another type, or nothing but blanks."""
    value = part.get(name)
    return value if isinstance(value, str) and value.strip() else ""


def member(part: Claims, name: str) -> Claims:
    """A member that is an object; empty when it is missing or of another type."""
    value = part.get(name)
    return value if isinstance(value, dict) else {}


def texts(part: Claims, name: str) -> list[str]:
    """The texts in a member that is an array; nothing for what is of another type."""
    value = part.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def is_usable_text(value: Any) -> bool:
    """Whether a value holds no text that a database refuses: NUL, or half a character. Looks into all its members."""
    open_values = [value]
    while open_values:
        each = open_values.pop()
        if isinstance(each, str):
            if "\x00" in each or not _is_unicode(each):
                return False
        elif isinstance(each, dict):
            open_values += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            open_values += each
    return True


def _is_unicode(each: str) -> bool:
    if each.isascii():
        return True
    try:
        each.encode()
    except UnicodeEncodeError:
        return False
    return True
