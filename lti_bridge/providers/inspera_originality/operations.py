"""Originality's API, operation by operation: what each takes, by the document's own names, and how it is asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lti_bridge.errors import CannotCall
from lti_bridge.models import Account
from lti_bridge.providers.inspera_originality import access, errors, settings, submissions
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES, OTHER_SUFFIXES
from lti_bridge.providers.inspera_originality.endpoints import Access
from lti_bridge.providers.inspera_originality.inline import with_file
from lti_bridge.providers.inspera_originality.parameters import SENT
from lti_bridge.providers.inspera_originality.reports import EDIT, VIEW, fetch_report
from lti_bridge.providers.inspera_originality.storage import EXPIRED, bring
from lti_bridge.providers.inspera_originality.values import DOCUMENT_TYPE, EMAIL, FILE, TEXT, TITLE, URL, WORDS
from lti_bridge.providers.kinds import ID, one_of, whole
from lti_bridge.providers.operations import Argument, Operation

_PIECE = 262_144
PAGE = whole(1, 1_000_000)
ROLE = one_of("Educator", "Student")

_ABOUT_DOCUMENT = {
    "documentTitle": Argument(TITLE, "its title"),
    "author": Argument(TEXT, "who wrote it"),
    "email": Argument(EMAIL, "the author's address"),
    "docType": Argument(DOCUMENT_TYPE, "its type; by the name of the file when left out"),
    **{name: Argument(each.kind, "as in an activity's parameters") for name, each in SENT.items()},
}
#: What a document is told with at the least.
_LEAST = ("documentTitle", "author", "email")
_SUBMISSION = {name: Argument(each.kind, each.words, name in _LEAST) for name, each in _ABOUT_DOCUMENT.items()}
_FILE = Argument(FILE, "the document: a path on this machine", required=True)
_DOCUMENT = {"documentId": Argument(ID, "the document, as its submission told", required=True)}
_USER_ID = {"userId": Argument(ID, "the user, by Originality's own id", required=True)}
_NAMES = {
    "firstName": Argument(TEXT, "first name: letters only, three at least", required=True),
    "lastName": Argument(TEXT, "last name: letters only, three at least", required=True),
}
_PAGES = {"page": Argument(PAGE, "which page", required=True), "limit": Argument(whole(1, 10_000), "rows of a page")}


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine, as the content of a document."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def pieces(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


# --- tokens and documents -------------------------------------------------------------------


def _generate_token(account: Account, _values: Mapping[str, Any]) -> Any:
    name, body = access.request_of(account, Access.CLIENT)
    return ask(account, name, body=body)


def _create_user_token(account: Account, _values: Mapping[str, Any]) -> Any:
    name, body = access.request_of(account, Access.USER)
    return ask(account, name, body=body)


def _create_submission(account: Account, values: Mapping[str, Any]) -> Any:
    file = values.get("file")
    suffix = values.get("docType") or (_suffix_of(file) if file else None)
    if suffix is None:
        raise CannotCall("wrong_arguments", ["docType is missing"])
    told = submissions.worded(account, {**_told(values), "docType": submissions.name_of_type(account, suffix)})
    if file is None:
        return ask(account, "create_submission", body=told)
    if not settings.is_legacy(account):
        raise CannotCall("wrong_arguments", ["file belongs to profile legacy; see upload_document"])
    return ask(account, "create_submission", body=with_file(told, LocalFile(file), as_text=suffix == "html"))


def _upload_document(account: Account, values: Mapping[str, Any]) -> Any:
    file: Path = values["file"]
    suffix = values.get("docType") or _suffix_of(file)
    url, answer = values.get("presignedS3Url"), {}
    if url is None:
        if missing := [f"{name} is missing" for name in _LEAST if name not in values]:
            raise CannotCall("wrong_arguments", missing)
        answer = _create_submission(account, {**_told(values), "docType": suffix})
        url = submissions.place_of(account, answer).upload_url
    if url and not bring(account, url, DOCUMENT_TYPES[suffix].media_type, LocalFile(file)):
        raise errors.made(EXPIRED, "upload_document: the storage did not take the address")
    return {**answer, "size": file.stat().st_size}


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("file", "presignedS3Url")}


def _suffix_of(file: Path) -> str:
    suffix = file.suffix.lower().removeprefix(".")
    suffix = OTHER_SUFFIXES.get(suffix, suffix)
    if suffix not in DOCUMENT_TYPES:
        raise CannotCall("wrong_arguments", ["docType is missing: the name of the file does not tell it"])
    return suffix


def _report(account: Account, values: Mapping[str, Any]) -> Any:
    return fetch_report(account, values["documentId"], values.get("mode", VIEW))


# --- users, courses, the institution --------------------------------------------------------


def _asking(name: str, *, parts: tuple[str, ...] = (), by: str = "") -> Callable[[Account, Mapping[str, Any]], Any]:
    """Asks an endpoint: ``parts`` of the arguments go into its path, all others ``by`` the query or the body."""

    def carry_out(account: Account, values: Mapping[str, Any]) -> Any:
        filled = {each: str(values[each]) for each in parts}
        others = {each: value for each, value in values.items() if each not in parts}
        query = {each: str(value) for each, value in others.items()} if by == "query" else None
        return ask(account, name, filled, query=query, body=others if by == "body" else None)

    return carry_out


OPERATIONS: dict[str, Operation] = {
    each.name: each
    for each in (
        Operation("generate_token", "A token for documents.", {}, _generate_token),
        Operation(
            "create_submission",
            "Tell of a document; the answer says where its content goes. In profile legacy, file puts it inside.",
            {**_SUBMISSION, "file": Argument(FILE, "profile legacy only: the document, a path on this machine")},
            _create_submission,
            audited=True,
        ),
        Operation(
            "upload_document",
            "Bring a document to the address that create_submission gave, or tell of it and bring it in one go.",
            {"file": _FILE, "presignedS3Url": Argument(URL, "where its content goes"), **_ABOUT_DOCUMENT},
            _upload_document,
            either=(("presignedS3Url", "documentTitle"),),
            apart=(("presignedS3Url", "documentTitle"),),
            audited=True,
        ),
        Operation("check_status", "How a document stands.", _DOCUMENT, _asking("check_status", parts=("documentId",))),
        Operation(
            "get_report_url",
            "The address of a report, for one view.",
            {**_DOCUMENT, "mode": Argument(one_of(VIEW, EDIT), "view for learners, edit for those who teach")},
            _report,
        ),
        Operation("create_user_token", "A token for users, courses and the institution.", {}, _create_user_token),
        Operation(
            "create_user",
            "Make a user.",
            {
                **_NAMES,
                "email": Argument(EMAIL, "e-mail address", required=True),
                "role": Argument(ROLE, "educator or student", required=True),
                "courses": Argument(WORDS, "codes of courses to enrol in"),
            },
            _asking("create_user", by="body"),
            audited=True,
        ),
        Operation(
            "get_user",
            "A user by e-mail address.",
            {"email": Argument(EMAIL, "e-mail address", required=True)},
            _asking("get_user", parts=("email",)),
        ),
        Operation("list_users", "Users, a page at a time.", _PAGES, _asking("list_users", by="query")),
        Operation(
            "update_educator",
            "Change an educator's names and subjects.",
            {**_USER_ID, **_NAMES, "userSubjects": Argument(WORDS, "codes of subjects", required=True)},
            _asking("update_educator", parts=("userId",), by="body"),
            audited=True,
        ),
        Operation(
            "update_student",
            "Change a student's names, status and address.",
            {
                **_USER_ID,
                **_NAMES,
                "status": Argument(TEXT, "status", required=True),
                "email": Argument(EMAIL, "new e-mail address", required=True),
            },
            _asking("update_student", parts=("userId",), by="body"),
            audited=True,
        ),
        Operation("delete_user", "Delete a user.", _USER_ID, _asking("delete_user", parts=("userId",)), audited=True),
        Operation("list_courses", "Courses, a page at a time.", _PAGES, _asking("list_courses", by="query")),
        Operation(
            "get_course",
            "A course by its code.",
            {"courseCode": Argument(TEXT, "code of the course", required=True)},
            _asking("get_course", parts=("courseCode",)),
        ),
        Operation(
            "get_institution_info",
            "Faculties and departments, and how they belong together.",
            {},
            _asking("get_institution_info"),
        ),
    )
}
