"""A person with a browser that has no JavaScript: opens pages, follows links, fills in forms, keeps cookies."""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import Cookie, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar, get_cookie_header

_SECONDS = 30
#: Four forms send themselves on the way through both versions; and a page may send itself once more.
_MOST_FORMS = 10
_WITHOUT_END = frozenset({"input", "br", "img", "meta", "link", "hr"})


class NotThere(Exception):
    """The page does not have what was looked for, or is not the page expected."""


@dataclass(slots=True)
class Form:
    """A form: where it goes, its fields as they stand, and the values that choices offer."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    button: str = ""

    @property
    def is_hidden(self) -> bool:
        """Only hidden fields and a button: made for a browser to send on its own."""
        return bool(self.fields) and not self.choices


@dataclass(slots=True)
class Page:
    """A page as it came."""

    url: str
    status: int
    text: str
    forms: list[Form]
    links: dict[str, str]
    cells: dict[tuple[str, str], str]

    def form(self, button: str = "") -> Form:
        """The form with that button text, or the only one."""
        found = [form for form in self.forms if button.lower() in form.button.lower()]
        if not found:
            raise NotThere(f"there is no form {button!r} on {self.url} (HTTP {self.status}): {self.text[:300]}")
        return found[0]


class _LikeBrowsers(DefaultCookiePolicy):
    """Loopback counts as secure, as in browsers: what is said there never leaves the machine.

    Without it a cookie marked ``Secure`` would never come back to a demo that has no certificate. Everywhere else such
    a cookie wants https.
    """

    def return_ok_secure(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        return is_loopback(request.get_full_url()) or super().return_ok_secure(cookie, request)


class _Line(HTTPAdapter):
    """Sends the cookies that the jar's policy lets go: a session asks the default policy, whatever its jar says."""

    def __init__(self, jar: RequestsCookieJar) -> None:
        super().__init__()
        self._jar = jar

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.headers.pop("Cookie", None)
        cookies = get_cookie_header(self._jar, request)  # type: ignore[no-untyped-call]  # it came without types
        if cookies:
            request.headers["Cookie"] = cookies
        return super().send(request, *args, **options)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, whoever asks."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Visitor:
    """One person's browser."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(_LikeBrowsers())
        self._session.mount("http://", _Line(self._session.cookies))
        # A proxy of this machine has no business between loopback addresses.
        self._session.trust_env = False

    def open(self, url: str) -> Page:
        """GET, with redirects."""
        return _read(self._session.get(url, timeout=_SECONDS))

    def follow(self, page: Page, text: str) -> Page:
        """Follow the link whose text contains ``text``."""
        for label, target in page.links.items():
            if text.lower() in label.lower():
                return self.open(urljoin(page.url, target))
        raise NotThere(f"there is no link {text!r} on {page.url} (HTTP {page.status}): {page.text[:300]}")

    def submit(self, page: Page, form: Form, values: Mapping[str, str] | None = None) -> Page:
        """Send a form with some of its values changed."""
        target, fields = urljoin(page.url, form.action), form.fields | dict(values or {})
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
        if form.method == "get":
            return _read(self._session.get(target, params=fields, timeout=_SECONDS))
        answer = self._session.post(target, data=fields, headers={"Origin": origin}, timeout=_SECONDS)
        return _read(answer)

    def go_on(self, page: Page) -> Page:
        """Send the forms that a browser sends on its own: hidden fields for somebody else's address."""
        for _ in range(_MOST_FORMS):
            elsewhere = [form for form in page.forms if form.is_hidden and _leaves(page.url, form.action)]
            if len(elsewhere) != 1:
                return page
            page = self.submit(page, elsewhere[0])
        raise NotThere(f"there is no end to the forms that send themselves, last at {page.url}")


def _leaves(url: str, action: str) -> bool:
    return urlsplit(urljoin(url, action)).netloc != urlsplit(url).netloc


def _read(response: requests.Response) -> Page:
    reader = _Reader()
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.encoding = "utf-8"
        reader.feed(response.text)
    return Page(
        response.url,
        response.status_code,
        " ".join("".join(reader.words).split()),
        reader.forms,
        reader.links,
        {place: " ".join(text.split()) for place, text in reader.cells.items()},
    )


class _Reader(HTMLParser):
    """Collects what a visitor can use."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self.cells: dict[tuple[str, str], str] = {}
        self._form: Form | None = None
        self._link: tuple[str, list[str]] | None = None
        self._button = self._strong = False
        self._cell: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            self._link = (told.get("href", ""), [])
        elif tag == "button":
            self._button = True
        elif tag == "td" and "data-student" in told:
            self._cell = (told["data-student"], told["data-link"])
        elif tag == "strong":
            self._strong = True
        elif tag == "input" and self._form and told.get("name"):
            self._take_input(self._form, told)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link:
            self.links[" ".join("".join(self._link[1]).split())] = self._link[0]
            self._link = None
        elif tag == "button":
            self._button = False
        elif tag == "td":
            self._cell = None
        elif tag == "strong":
            self._strong = False
        if tag not in _WITHOUT_END:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._link:
            self._link[1].append(data)
        if self._button and self._form:
            self._form.button += data
        if self._cell and self._strong:
            self.cells[self._cell] = self.cells.get(self._cell, "") + data

    @staticmethod
    def _take_input(form: Form, told: Mapping[str, str]) -> None:
        kind, name, value = told.get("type", "text"), told["name"], told.get("value", "")
        if kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" not in told:
                return
        form.fields[name] = value
