"""The envelope of Isograd's answers: ``success``, and ``error_code`` with ``error_message`` where it is false.

Read generously where the document leaves room (``success`` as ``true``, 1 or text), and never by guessing: what has no
clear ``success`` is no answer of the API, whatever its HTTP status says. An HTTP 200 may well be an error.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lti_bridge.http import Answer

_YES = {"true", "1"}
_NO = {"false", "0", ""}
_REDIRECTS = range(300, 400)


class NotAnAnswer(Exception):
    """What came is no answer of the API. ``code``: why; the message holds nothing of what came."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer of the API. ``raw``: word for word. ``values``: all of it, in Isograd's own names.

    ``code`` is a number as text, empty on success or when the API gave none. ``url``: where it redirects to.
    """

    success: bool
    raw: str = field(repr=False)
    values: dict[str, Any] = field(repr=False)
    code: str = ""
    message: str = field(default="", repr=False)
    url: str = ""


def read_envelope(answer: Answer, asked_at: str, *, may_redirect: bool = False) -> Envelope:
    """The envelope in an HTTP answer. ``may_redirect``: the action answers with a redirection, or with an address.

    Raises :class:`NotAnAnswer`.
    """
    if answer.status in _REDIRECTS:
        if not may_redirect:
            raise NotAnAnswer("redirected", f"HTTP {answer.status} instead of an answer")
        return _redirection(answer, asked_at)
    if answer.status >= 500 or answer.status == 429:
        raise NotAnAnswer("server_error" if answer.status >= 500 else "busy", f"HTTP {answer.status}")
    values = _json(answer)
    return _envelope(values, answer)


def is_success(values: Mapping[str, Any]) -> bool:
    """Whether the values of an answer call themselves a success."""
    return _truth(values.get("success")) is True


def read_json(raw: str) -> Any:
    """JSON as we believe it: no NaN, no infinity. Raises ``ValueError``."""
    try:
        return json.loads(raw, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _redirection(answer: Answer, asked_at: str) -> Envelope:
    try:
        url = urljoin(asked_at, answer.headers.get("Location", "").strip())
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and url != asked_at
    except ValueError:
        url, is_address = "", False
    if not is_address:
        raise NotAnAnswer("redirected", f"HTTP {answer.status} to nowhere")
    values = {"success": True, "location": url}
    return Envelope(True, json.dumps(values), values, url=url)


def _json(answer: Answer) -> dict[str, Any]:
    what = f"HTTP {answer.status} with {answer.content_type or 'something'} that is no answer of the API"
    try:
        values = read_json(answer.body.decode("utf-8-sig"))
    except ValueError:
        raise NotAnAnswer("not_an_answer", what) from None
    if not isinstance(values, dict):
        raise NotAnAnswer("not_an_answer", what)
    return values


def _envelope(values: dict[str, Any], answer: Answer) -> Envelope:
    success = _truth(values.get("success"))
    code = _code(values.get("error_code"))
    if success is None:
        if not code:
            raise NotAnAnswer("not_an_answer", f"HTTP {answer.status} with JSON that is no answer of the API")
        success = False
    if answer.status >= 400 and success:
        raise NotAnAnswer("not_an_answer", f"HTTP {answer.status} that calls itself a success")
    raw = answer.body.decode("utf-8-sig")
    if success:
        return Envelope(True, raw, values, url=_url(values))
    return Envelope(False, raw, values, code=code, message=str(values.get("error_message") or ""))


def _truth(value: Any) -> bool | None:
    """True, false, or None for what is neither. ``1`` and ``"true"`` are how PHP sometimes writes true."""
    if value is None:
        return None
    text = str(value).strip().lower() if isinstance(value, bool | int | str) else "?"
    return True if text in _YES else False if text in _NO else None


def _code(value: Any) -> str:
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and int(text[:9]) else ""


def _url(values: dict[str, Any]) -> str:
    """The address among the values, whatever it is called: each action gives one at most."""
    named = (values.get(name) for name in ("tst_url", "pdf_url", "lgn_url", "url", "location", "redirect"))
    return next((each for each in named if isinstance(each, str) and each.startswith(("https://", "http://"))), "")
