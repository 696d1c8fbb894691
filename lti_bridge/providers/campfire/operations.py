"""Campfire's API, operation by operation: a table of what each takes."""

from collections.abc import Callable, Mapping
from typing import Any

from lti_bridge.models import Account
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.listing import MOST_PAGES, pages_of
from lti_bridge.providers.campfire.values import (
    EXAM_ID,
    FLAG,
    ID,
    IDS,
    INCLUDE,
    LIST,
    OBJECT,
    PAGES,
    TEXT,
    URL,
)
from lti_bridge.providers.operations import Argument, Operation

_SESSION = {"examSessionId": Argument(ID, "the exam session", required=True)}
_CONFIG = {"examConfigId": Argument(ID, "the exam configuration", required=True)}
_INCLUDE = {"include": Argument(INCLUDE, "what else to tell: results, responses")}
#: Other names under which the documents, and our activities, have the same things.
_FORMER = {
    "sessionId": "examSessionId",
    "exam_session_id": "examSessionId",
    "exam_config_id": "examConfigId",
    "exam_id": "examId",
}
_CREATE = {
    "user_id": Argument(TEXT, "the person, always by the same text: the session's id is made of it", required=True),
    "context_id": Argument(TEXT, "the course; the session's id is made of it"),
    "resource_link_id": Argument(TEXT, "the link; the session's id is made of it"),
    "context_label": Argument(TEXT, "the course's short name"),
    "context_title": Argument(TEXT, "the course's name"),
    "lis_person_name_given": Argument(TEXT, "given name"),
    "lis_person_name_family": Argument(TEXT, "family name"),
    "lis_person_sourcedid": Argument(TEXT, "the person in the institution's records"),
    "lis_outcome_service_url": Argument(URL, "where the score is passed back to"),
    "lis_result_sourcedid": Argument(TEXT, "the gradebook cell"),
}
_UPDATE = {
    "config": Argument(OBJECT, "all of it as one object; what is named beside it wins"),
    "allowRetakes": Argument(FLAG, "whether the exam may be taken again"),
    "enableReadAloud": Argument(FLAG, "whether it can be read aloud"),
    "showCorrectAnswersOnComplete": Argument(FLAG, "whether the learner sees the right answers in the end"),
    "showScoreOnComplete": Argument(FLAG, "whether the learner sees the score in the end"),
    "shuffleOptions": Argument(FLAG, "whether options come in another order for each learner"),
    "attemptResolutionStrategy": Argument(OBJECT, 'which attempt counts, such as {"mode": "HIGHEST"}'),
}


def _list_sessions(account: Account, values: Mapping[str, Any]) -> Any:
    """All pages as one answer: what stands beside the items is the last page's."""
    condition = dict(values.get("filter", {}))
    if "examConfigIds" in values:
        condition["examConfigIds"] = {"include": values["examConfigIds"]}
    pages = pages_of(
        account,
        condition,
        values.get("include", ()),
        token=values.get("nextToken", ""),
        most_pages=values.get("max_pages", MOST_PAGES),
    )
    answer: dict[str, Any] = {}
    items: list[Any] = []
    for page in pages:
        answer = page
        items += page["items"] if isinstance(page.get("items"), list) else []
    return {**answer, "items": items}


def _get_session(account: Account, values: Mapping[str, Any]) -> Any:
    query = [("include[]", each) for each in values.get("include", ())]
    return ask(account, "get_exam_session", {"examSessionId": values["examSessionId"]}, query=query)


def _get_results(account: Account, values: Mapping[str, Any]) -> Any:
    parts = {"examSessionId": values["examSessionId"]}
    return ask(account, "get_exam_session_results", parts, with_answer_key=values.get("with_answer_key", False))


def _set_responses(account: Account, values: Mapping[str, Any]) -> Any:
    body = {"submitForScoring": values.get("submitForScoring", False), "responses": values["responses"]}
    return ask(account, "set_responses", {"examSessionId": values["examSessionId"]}, body=body)


def _create(account: Account, values: Mapping[str, Any]) -> Any:
    body = {name: value for name, value in values.items() if name in _CREATE}
    return ask(account, "create_exam_session", {"examConfigId": values["examConfigId"]}, body=body)


def _update(account: Account, values: Mapping[str, Any]) -> Any:
    named = {name: value for name, value in values.items() if name in _UPDATE and name != "config"}
    body = {"config": values.get("config", {}) | named}
    return ask(account, "update_exam_config", {"examConfigId": values["examConfigId"]}, body=body)


def _plain(name: str) -> Callable[[Account, Mapping[str, Any]], Any]:
    """An operation whose arguments are all parts of its address."""
    return lambda account, values: ask(account, name, values)


def _operation(
    name: str,
    words: str,
    arguments: Mapping[str, Argument],
    carry_out: Callable[[Account, Mapping[str, Any]], Any] | None = None,
    **more: Any,
) -> Operation:
    former = {former: now for former, now in _FORMER.items() if now in arguments}
    return Operation(name, words, arguments, carry_out or _plain(name), former_names=former, **more)


_ALL = (
    _operation(
        "list_exam_sessions",
        "List exam sessions, all pages",
        {
            "filter": Argument(OBJECT, 'which, such as {"examConfigIds": {"include": ["…"]}}'),
            "examConfigIds": Argument(IDS, "those of these exam configurations"),
            **_INCLUDE,
            "nextToken": Argument(TEXT, "begin with the page of this token"),
            "max_pages": Argument(PAGES, f"no more pages than this; {MOST_PAGES} when left out"),
        },
        _list_sessions,
    ),
    _operation("get_exam_session", "One exam session", _SESSION | _INCLUDE, _get_session),
    _operation(
        "get_exam_session_results",
        "The results of a session, question by question; for pure multiple choice",
        {**_SESSION, "with_answer_key": Argument(FLAG, "true: leave the right answers in what is printed")},
        _get_results,
    ),
    _operation(
        "set_responses",
        "Answer on behalf of the learner; for pure multiple choice",
        {
            **_SESSION,
            "responses": Argument(LIST, "items with their questions and responses", required=True),
            "submitForScoring": Argument(FLAG, "whether it is handed in; not when left out"),
        },
        _set_responses,
        audited=True,
    ),
    _operation("retake_session", "Prepare a session to be taken again", _SESSION, audited=True),
    _operation(
        "reset_session", "Remove all answers and scores of a session. There is no way back", _SESSION, audited=True
    ),
    _operation("reopen_session", "Put a session back in progress", _SESSION, audited=True),
    _operation(
        "create_exam_session",
        "Make a person's session, or find it: the same inputs always give the same one",
        _CONFIG | _CREATE,
        _create,
    ),
    _operation(
        "list_exam_configs",
        "The configurations of an exam",
        {"examId": Argument(EXAM_ID, "the exam", required=True)},
    ),
    _operation("get_exam_config", "One exam configuration", _CONFIG),
    _operation(
        "update_exam_config",
        "Change an exam configuration",
        _CONFIG | _UPDATE,
        _update,
        either=(tuple(_UPDATE),),
        audited=True,
    ),
)

OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in _ALL}
