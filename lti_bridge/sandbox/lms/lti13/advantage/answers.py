"""What a service answers, apart from the connection it goes over: it may be worked out after that was cut."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, JsonResponse


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON of a media type, or an empty body where ``value`` is none."""

    status: int = 200
    value: Any = None
    content_type: str = "application/json"
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        """The same for the web server."""
        reason = self.reason or None
        if self.value is None:
            empty = HttpResponse(status=self.status, reason=reason, headers=dict(self.headers))
            empty["Content-Type"] = self.content_type
            return empty
        return JsonResponse(
            self.value,
            safe=False,
            status=self.status,
            reason=reason,
            content_type=self.content_type,
            headers=dict(self.headers),
        )


class Refused(Exception):
    """A request that is not carried out."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.reason)
        self.reply = reply


def refuse(status: int, reason: str, *, headers: Mapping[str, str] | None = None) -> Refused:
    """As Moodle refuses: the reason is in the status line, and the body says nothing."""
    return Refused(Reply(status, [], reason=reason, headers=headers or {}))
