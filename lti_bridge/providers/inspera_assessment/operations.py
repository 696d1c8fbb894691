"""Inspera's API, operation by operation. Where each is and what its keys are called is in ``endpoints``."""

from collections.abc import Callable, Mapping
from typing import Any

from lti_bridge.models import Account
from lti_bridge.providers.inspera_assessment import export_operations, webhook_operations
from lti_bridge.providers.inspera_assessment.client import ask
from lti_bridge.providers.inspera_assessment.endpoints import key_of, renamed
from lti_bridge.providers.inspera_assessment.settings import auth_type
from lti_bridge.providers.inspera_assessment.values import MOMENT, SWITCH, TEXT, WORDS
from lti_bridge.providers.kinds import ID, TABLE, TABLES, whole
from lti_bridge.providers.operations import Argument, Operation

#: How a test is named when its id is not Inspera's own number.
ADDRESSING = {
    "isExternal": Argument(SWITCH, "true: test_id is an external id, ours for example"),
    "externalSystem": Argument(TEXT, "whose external id it is, when not API's; of a test made by an LTI launch"),
    "b64encodedExternalTestId": Argument(SWITCH, "true: test_id is written in base 64"),
}
TEST = {"test_id": Argument(ID, "the test", required=True), **ADDRESSING}
USER_OF_TEST = {**TEST, "user_id": Argument(ID, "the candidate, by Inspera's own id", required=True)}
_FORMER = {"testId": "test_id", "userId": "user_id", "externalId": "external_id", "authType": "auth_type"}

_TEST_BODY = {
    "externalTestId": Argument(ID, "our own id of the test; one that is known updates, another one creates"),
    "title": Argument(TEXT, "what it is called"),
    "startTime": Argument(MOMENT, "when it begins"),
    "endTime": Argument(MOMENT, "when it ends"),
    "duration": Argument(whole(1, 100_000), "minutes"),
    "sourceTemplateId": Argument(ID, "the template that a new test is made from"),
    "candidates": Argument(TABLES, "candidates to assign in the same go"),
}
_PERSON_BODY = {
    "username": Argument(TEXT, "log-in name"),
    "firstName": Argument(TEXT, "first name"),
    "lastName": Argument(TEXT, "last name"),
    "email": Argument(TEXT, "e-mail address"),
}
_SEARCH = {
    "query": Argument(TEXT, "what to look for"),
    "limit": Argument(whole(1, 10_000), "at most so many"),
    "offset": Argument(whole(0, 10_000_000), "after so many"),
}
#: ``externalId`` of these is a key of a body, not a part of an address.
_OWN_BODY = ("create_or_update_student", "create_or_update_admin")


def query_of(values: Mapping[str, Any]) -> dict[str, str]:
    """How the test is named, as it goes into the address."""
    return {name: str(values[name]) for name in ADDRESSING if name in values and "test_id" in values}


def parts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """What goes into the path."""
    names = ("test_id", "user_id", "auth_type", "external_id", "subscription_id")
    return {name: str(values[name]) for name in names if name in values}


def body_of(account: Account, group: str, values: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """What goes into the body, under the account's own keys."""
    return renamed(account, group, {name: values[name] for name in names if name in values})


def people(account: Account, values: Mapping[str, Any], group: str, each: str) -> dict[str, Any]:
    """A body that lists people of one system."""
    system = values.get("authenticationSystem", auth_type(account))
    rows = [renamed(account, each, row) for row in values[group]]
    return {
        key_of(account, f"{group}.authenticationSystem"): system,
        key_of(account, f"{group}.{group}"): rows,
    }


def _operation(
    name: str,
    words: str,
    arguments: Mapping[str, Argument],
    body: Callable[[Account, Mapping[str, Any]], Any] | None = None,
    query: Callable[[Account, Mapping[str, Any]], dict[str, str]] | None = None,
    **more: Any,
) -> Operation:
    def carry_out(account: Account, values: Mapping[str, Any]) -> Any:
        asked = query_of(values) | (query(account, values) if query else {})
        return ask(account, name, parts_of(values), query=asked, body=body(account, values) if body else None)

    own = name in _OWN_BODY
    former = {old: new for old, new in _FORMER.items() if new in arguments and not (own and old in arguments)}
    return Operation(name, words, arguments, carry_out, former_names=former, **more)


def _test_query(_account: Account, values: Mapping[str, Any]) -> dict[str, str]:
    # Posting under our own id is what makes it an upsert.
    return {"isExternal": "true"} if "externalTestId" in values else {}


def _search(group: Mapping[str, Any]) -> Callable[[Account, Mapping[str, Any]], dict[str, str]]:
    return lambda account, values: {
        name: str(value) for name, value in body_of(account, "search", values, group).items()
    }


_TEST_SEARCH = {
    **_SEARCH,
    "title": Argument(TEXT, "a part of the title"),
    "from": Argument(MOMENT, "tests that begin after"),
    "to": Argument(MOMENT, "tests that begin before"),
    "status": Argument(TEXT, "their state"),
}
_STUDENT = {
    "externalId": Argument(TEXT, "our own id of the person", required=True),
    "externalSystem": Argument(TEXT, "what kind of id that is; the account's auth_type when left out"),
    **_PERSON_BODY,
    "password": Argument(TEXT, "password (better as password=@FILE)"),
    "candidateId": Argument(TEXT, "candidate number"),
}
_ADMIN = {
    "externalId": Argument(TEXT, "our own id of the person", required=True),
    "externalSystem": Argument(TEXT, "what kind of id that is"),
    **_PERSON_BODY,
    "orgUnitName": Argument(TEXT, "organisational unit"),
    "roles": Argument(WORDS, "roles, such as plan, evaluate, monitor"),
}
_MEMBERS = {"authenticationSystem": Argument(TEXT, "what kind of external id; the account's auth_type when left out")}
_CANDIDATES = {
    **TEST,
    **_MEMBERS,
    "candidates": Argument(TABLES, "externalId, names, extraTimeMins, rooms", required=True),
}
_CONTRIBUTORS = {
    **TEST,
    **_MEMBERS,
    "contributors": Argument(TABLES, "externalId, names, roles, committees", required=True),
}
_OPTIONS = {
    **TEST,
    "testOptions": Argument(TABLE, "securityOptions, generalOptions, explanationOptions …", required=True),
}
_APPEAL = {"reason": Argument(TEXT, "why"), "committeeName": Argument(TEXT, "the committee that looks at it")}
_EXPLANATION = {"explanation": Argument(TEXT, "the explanation, or what is asked")}


def _candidates(account: Account, values: Mapping[str, Any]) -> Any:
    return people(account, values, "candidates", "candidate")


def _contributors(account: Account, values: Mapping[str, Any]) -> Any:
    return people(account, values, "contributors", "contributor")


def _options(_account: Account, values: Mapping[str, Any]) -> Any:
    told = dict(values["testOptions"])
    told = told.get("testOptions", told)
    # Until February 2022 one of the groups was called otherwise.
    renamed_options = {"generalOptions" if name == "generalOption" else name: each for name, each in told.items()}
    return {"testOptions": renamed_options}


def _student(account: Account, values: Mapping[str, Any]) -> Any:
    return body_of(account, "student", {"externalSystem": auth_type(account), **values}, _STUDENT)


def _about(group: str, names: Mapping[str, Any]) -> Callable[[Account, Mapping[str, Any]], Any]:
    def body(account: Account, values: Mapping[str, Any]) -> Any:
        return {key_of(account, f"{group}.userId"): values["user_id"], **body_of(account, group, values, names)}

    return body


_ALL = (
    _operation("get_test", "What Inspera knows of a test", TEST),
    _operation(
        "create_or_update_test",
        "Make a test, or change the one with that externalTestId",
        _TEST_BODY,
        lambda account, values: body_of(account, "test", values, _TEST_BODY),
        _test_query,
    ),
    _operation(
        "set_test_options", "Change settings of a test; those of security only before it is active", _OPTIONS, _options
    ),
    _operation("activate_test", "Make a test active", TEST, lambda _account, _values: {}),
    _operation("search_tests", "Look for tests", _TEST_SEARCH, query=_search(_TEST_SEARCH)),
    _operation("add_candidates", "Assign candidates to a test", _CANDIDATES, _candidates),
    _operation("remove_candidates", "Take candidates out of a test", _CANDIDATES, _candidates, audited=True),
    _operation("add_contributors", "Assign contributors to a test", _CONTRIBUTORS, _contributors),
    _operation("remove_contributors", "Take contributors off a test", _CONTRIBUTORS, _contributors, audited=True),
    _operation("list_contributors", "The contributors of a test", TEST),
    _operation("create_or_update_student", "Make a candidate's user, or change it", _STUDENT, _student),
    _operation(
        "find_user",
        "The user with an external id",
        {
            "auth_type": Argument(ID, "the kind of external id", required=True),
            "external_id": Argument(TEXT, "the external id", required=True),
            "includeStudent": Argument(SWITCH, "true, unless said otherwise: candidates too"),
        },
        query=lambda _account, values: {
            "includeStudent": "True" if values.get("includeStudent", "true") == "true" else "False"
        },
    ),
    _operation("search_users", "Look for users", _SEARCH, query=_search(_SEARCH)),
    _operation("get_user", "A user by Inspera's own id", {"user_id": Argument(ID, "the user", required=True)}),
    _operation(
        "create_or_update_admin",
        "Make an administrative user, or change it",
        _ADMIN,
        lambda account, values: body_of(account, "student", values, _ADMIN),
        audited=True,
    ),
    _operation(
        "delete_admin",
        "Delete an administrative user",
        {"user_id": Argument(ID, "the user", required=True)},
        audited=True,
    ),
    _operation(
        "register_appeal",
        "Register a candidate's appeal",
        {**USER_OF_TEST, **_APPEAL},
        _about("appeal", _APPEAL),
        audited=True,
    ),
    _operation("redraw_appeal", "Take an appeal back", USER_OF_TEST, audited=True),
    _operation(
        "register_explanation",
        "Register a request for an explanation of a grade, or the explanation",
        {**USER_OF_TEST, **_EXPLANATION},
        _about("explanation", _EXPLANATION),
        audited=True,
    ),
    *export_operations.OPERATIONS,
    *webhook_operations.OPERATIONS,
)
#: Everything that the document names, by its name here.
OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in _ALL}
