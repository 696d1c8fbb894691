"""What administrators see of an account at Originality, and what they can have done there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.errors import ProviderError
from lti_bridge.models import Account
from lti_bridge.providers.acts import AccountAct, AccountPage, Blank, Fact, Told
from lti_bridge.providers.inspera_originality.answers import look_up, text
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.languages import LANGUAGES
from lti_bridge.providers.inspera_originality.operations import OPERATIONS
from lti_bridge.providers.inspera_originality.settings import choice, has_api, has_user, webhook_url
from lti_bridge.providers.operations import read_arguments

#: Courses that are offered where a subject is chosen.
MOST_COURSES = 100
_ROWS = ("rows", "data", "items", "courses", "users", "results")


def _facts(account: Account) -> Sequence[Fact]:
    """Where webhooks go, and whether it lets us in. Raises nothing: the first is needed where the second fails."""
    facts = [
        Fact(_("Address for webhooks, for Inspera"), webhook_url(account)),
        Fact(_("Generation of the API"), choice(account, "profile")),
        _access(account, _("Access for documents"), "generate_token"),
    ]
    if has_user(account):
        facts.append(_access(account, _("Access for users and courses"), "create_user_token"))
    return facts


def _access(account: Account, label: str, name: str) -> Fact:
    try:
        OPERATIONS[name].carry_out(account, {})
    except ProviderError as error:
        return Fact(label, f"{error.sentence} {error.advice}", "bad")
    return Fact(label, _("works"), "good")


def _choices(account: Account) -> Mapping[str, Sequence[str]]:
    """The languages, and the courses as subjects. Raises ``ProviderError``."""
    languages = sorted(LANGUAGES)
    known = {"documentLanguage": languages, "translatedLanguage": languages}
    if not has_user(account):
        return known
    told = ask(account, "list_courses", query={"page": "1", "limit": str(MOST_COURSES)})
    return known | {"subjectId": [code for row in _rows(told) if (code := text(look_up(row, "code")))]}


def _rows(told: Any) -> list[Mapping[str, Any]]:
    """The rows of a page; under what name they are, no document says."""
    found = told if isinstance(told, list) else look_up(told, *_ROWS) if isinstance(told, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


# --- acts -----------------------------------------------------------------------------------


def _act(name: str, tell: Callable[[Any], str]) -> Callable[[Account, Mapping[str, str]], Told]:
    """Has an operation carried out with what was filled in."""

    def carry_out(account: Account, filled: Mapping[str, str]) -> Told:
        operation = OPERATIONS[name]
        values = read_arguments(operation, {each: value for each, value in filled.items() if value})
        return Told(tell(operation.carry_out(account, values)))

    return carry_out


def _user_told(told: Any) -> str:
    """Without name and address: what is told is kept."""
    if not isinstance(told, Mapping):
        return _("Done.")
    parts = {_("id"): look_up(told, "id"), _("role"): look_up(told, "role"), _("status"): look_up(told, "status")}
    known = ", ".join(f"{label} {text(value)}" for label, value in parts.items() if text(value))
    return _("User: %(known)s") % {"known": known or "–"}


def _page_told(told: Any) -> str:
    if not isinstance(told, Mapping):
        return _("Done.")
    values = {name: text(look_up(told, name)) or "?" for name in ("total", "page", "pages")}
    words = _("%(total)s in all; page %(page)s of %(pages)s.") % values
    names = [f"{text(look_up(row, 'code'))} {text(look_up(row, 'title'))}".strip() for row in _rows(told)]
    return " ".join([words, "; ".join(name for name in names if name)]).strip()


def _course_told(told: Any) -> str:
    shown = [text(look_up(told, name)) for name in ("code", "title", "status")] if isinstance(told, Mapping) else []
    return ", ".join(filter(None, shown)) or _("Done.")


def _institution_told(told: Any) -> str:
    faculties = look_up(told, "faculties") if isinstance(told, Mapping) else None
    rows = faculties if isinstance(faculties, list) else []
    names = [text(look_up(row, "name", "title")) for row in rows if isinstance(row, Mapping)]
    return _("Faculties: %(names)s") % {"names": ", ".join(filter(None, names)) or "–"}


_EMAIL = {"email": Blank(gettext_lazy("E-mail address"), kind="email", required=True)}
_USER = {"userId": Blank(gettext_lazy("Id of the user at Originality"), required=True)}
_NAMES = {
    "firstName": Blank(gettext_lazy("First name"), required=True, help=gettext_lazy("Letters only, three at least.")),
    "lastName": Blank(gettext_lazy("Last name"), required=True, help=gettext_lazy("Letters only, three at least.")),
}
_PAGE = {"page": Blank(gettext_lazy("Page"), kind="number", required=True)}
_COURSES = gettext_lazy("Codes of courses, with commas between")

ACCOUNT_PAGE = AccountPage(
    available=has_api,
    facts=_facts,
    choices=_choices,
    acts={
        "create_user": AccountAct(
            label=gettext_lazy("Make a user"),
            carry_out=_act("create_user", _user_told),
            blanks={
                **_NAMES,
                **_EMAIL,
                "role": Blank(gettext_lazy("Role: Educator or Student"), required=True),
                "courses": Blank(_COURSES),
            },
        ),
        "get_user": AccountAct(
            label=gettext_lazy("Find a user"), carry_out=_act("get_user", _user_told), blanks=_EMAIL
        ),
        "list_users": AccountAct(
            label=gettext_lazy("Count the users"), carry_out=_act("list_users", _page_told), blanks=_PAGE
        ),
        "update_educator": AccountAct(
            label=gettext_lazy("Change an educator"),
            carry_out=_act("update_educator", lambda _told: _("The educator is changed.")),
            blanks={**_USER, **_NAMES, "userSubjects": Blank(_COURSES, required=True)},
        ),
        "update_student": AccountAct(
            label=gettext_lazy("Change a student"),
            carry_out=_act("update_student", lambda _told: _("The student is changed.")),
            blanks={**_USER, **_NAMES, **_EMAIL, "status": Blank(gettext_lazy("Status"), required=True)},
        ),
        "delete_user": AccountAct(
            label=gettext_lazy("Delete a user"),
            carry_out=_act("delete_user", lambda _told: _("The user is deleted.")),
            question=gettext_lazy("Originality deletes the user. There is no way back."),
            blanks=_USER,
            typed="userId",
        ),
        "list_courses": AccountAct(
            label=gettext_lazy("List the courses"), carry_out=_act("list_courses", _page_told), blanks=_PAGE
        ),
        "get_course": AccountAct(
            label=gettext_lazy("Find a course"),
            carry_out=_act("get_course", _course_told),
            blanks={"courseCode": Blank(gettext_lazy("Code of the course"), required=True)},
        ),
        "get_institution_info": AccountAct(
            label=gettext_lazy("List the faculties"), carry_out=_act("get_institution_info", _institution_told)
        ),
    },
)
