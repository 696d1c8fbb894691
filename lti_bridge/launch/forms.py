"""The forms that LTI 1.3 platforms post, read strictly: UTF-8, no NUL, and what we know given once."""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl

from django.http import HttpRequest

from lti_bridge.launch.refusals import refuse

_FORM = "application/x-www-form-urlencoded"
_SIZE = re.compile(r"[0-9]{1,9}")
_MAX_FIELDS = 1000


def posted(request: HttpRequest, names: Collection[str], *, most: int) -> dict[str, str]:
    """The fields of these names in a posted form of at most ``most`` bytes. Raises ``LaunchRejected``."""
    if request.content_type != _FORM:
        raise refuse("not_a_form")
    if not _SIZE.fullmatch(size := request.META.get("CONTENT_LENGTH") or "0") or int(size) > most:
        raise refuse("too_large")
    return _fields(request.body, names)


def asked(request: HttpRequest, names: Collection[str], *, most: int) -> dict[str, str]:
    """The fields of these names in the query of an address. Raises ``LaunchRejected``."""
    # WSGI hands over the bytes of a query as Latin-1.
    raw = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    if len(raw) > most:
        raise refuse("too_large")
    return _fields(raw, names)


def _fields(raw: bytes, names: Collection[str]) -> dict[str, str]:
    """Whatever else is there is ignored."""
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise refuse("not_form") from None
    for name, value in pairs:
        if name not in names:
            continue
        if name in fields:
            raise refuse("duplicate_parameter", detail=name)
        # No honest platform sends NUL, and a database refuses it as text.
        if "\x00" in value:
            raise refuse("not_form", detail=name)
        fields[name] = value
    return fields
