"""Result sourcedids as Moodle makes them: JSON with quotes, another one at each launch, earlier ones still good."""

import json
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

from lti_bridge.sandbox.models import CourseLink, GradebookEntry


def sourcedid_of(link: CourseLink, user_id: str) -> str:
    """A new sourcedid for one cell."""
    data = {"instanceid": str(link.pk), "userid": user_id, "typeid": "1", "launchid": secrets.randbelow(2**31)}
    return json.dumps({"data": data, "hash": _hash(data)}, separators=(",", ":"))


def entry_of(sourcedid: str) -> GradebookEntry | None:
    """The cell that a sourcedid names; None when we did not make it or the link is gone."""
    try:
        parts = json.loads(sourcedid)
        data, theirs = parts["data"], str(parts["hash"])
        if not constant_time_compare(_hash(data), theirs):
            return None
        link = CourseLink.objects.filter(pk=int(data["instanceid"])).first()
    except (ValueError, TypeError, KeyError):
        return None
    return GradebookEntry.objects.get_or_create(link=link, user_id=data["userid"])[0] if link else None


def _hash(data: dict[str, object]) -> str:
    return salted_hmac("lti_bridge.sandbox.sourcedid", json.dumps(data), algorithm="sha256").hexdigest()
