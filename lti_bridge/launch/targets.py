"""Our own launch addresses: what a ``target_link_uri`` may be, and the activity that it names.

Nobody is ever sent to a ``target_link_uri``. It has to be one of ours because it says what a link opens.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.urls import reverse

from lti_bridge.launch.addresses import origin_of

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}")
_MAX_FIELDS = 50


def activity_of(url: str) -> str | None:
    """The slug that one of our launch addresses names, empty when it names none; None for any other address.

    LTI 1.1's addresses count too: links that an LMS moved to LTI 1.3 keep them.
    """
    if origin_of(url) != settings.PUBLIC_ORIGIN:
        return None
    parts = urlsplit(url.strip())
    lti11 = reverse("lti11-launch")
    if parts.path.startswith(f"{lti11}/"):
        slug = parts.path.removeprefix(f"{lti11}/")
        return slug if _SLUG.fullmatch(slug) else None
    return _in_query(parts.query) if parts.path in (lti11, reverse("lti13-launch")) else None


def _in_query(query: str) -> str | None:
    try:
        pairs = parse_qsl(query, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
    slugs = {value for name, value in pairs if name == "activity"}
    if not slugs:
        return ""
    return slugs.pop() if len(slugs) == 1 and all(map(_SLUG.fullmatch, slugs)) else None
