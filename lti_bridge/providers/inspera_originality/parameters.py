"""The parameters of activities: Originality's own, in its names, and those that say how we take documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.models import Account
from lti_bridge.providers.inspera_originality import settings
from lti_bridge.providers.inspera_originality.settings import MAX_BYTES
from lti_bridge.providers.inspera_originality.values import (
    CHARACTERS,
    LANGUAGE,
    LANGUAGES,
    MOMENT,
    SUFFIXES,
    SWITCH,
    TEXT,
    WORDS,
)
from lti_bridge.providers.kinds import TABLES, one_of, whole
from lti_bridge.providers.operations import Kind

ACTION = "submit_document"
ENROL = "create_users"
#: What becomes of a result in the gradebook. A similarity is no grade: nothing, unless somebody says otherwise.
GRADES = ("none", "inverse_similarity", "originality")
PERCENT = whole(0, 100)
#: The plugin's lower limit of a threshold of similar meaning.
MEANING = whole(50, 100)
#: Documents of a learner for an assignment; the document names no limit.
MOST_SUBMISSIONS = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """A parameter that goes along with a document. ``only_current``: the first generation does not have it."""

    kind: Kind
    only_current: bool = False


#: Of both generations (section 3.2 of the first document), then what only the current one has.
SENT: dict[str, Sent] = {
    "documentLanguage": Sent(LANGUAGE),
    "translatedLanguage": Sent(LANGUAGES),
    "assignmentId": Sent(TEXT),
    "subjectId": Sent(TEXT),
    "thesisID": Sent(TEXT),
    "institutionName": Sent(TEXT),
    "enableAIDetection": Sent(SWITCH),
    "enableReferenceDetection": Sent(SWITCH),
    "reSubmissions": Sent(whole(1, MOST_SUBMISSIONS)),
    "minLimit": Sent(whole(0, 1_000_000)),
    "archive": Sent(SWITCH),
    "assignmentName": Sent(TEXT, only_current=True),
    "subjectName": Sent(TEXT, only_current=True),
    "teamSubmission": Sent(SWITCH, only_current=True),
    "students": Sent(TABLES, only_current=True),
    "educators": Sent(TABLES, only_current=True),
    "anonymous_submissions": Sent(SWITCH, only_current=True),
    "metadataAnalysis": Sent(SWITCH, only_current=True),
    "excludeCitations": Sent(SWITCH, only_current=True),
    "translationsEnabled": Sent(SWITCH, only_current=True),
    "enableContextSimilarity": Sent(SWITCH, only_current=True),
    "contextualSimilaritiesThreshold": Sent(MEANING, only_current=True),
    "sourcesThreshold": Sent(PERCENT, only_current=True),
    "allowCharacterReplacementExceptions": Sent(CHARACTERS, only_current=True),
    "includeSources": Sent(WORDS, only_current=True),
    "excludeSources": Sent(WORDS, only_current=True),
}
#: What stays here: which documents are taken, and what becomes of the result.
OURS: dict[str, Kind] = {
    "document_types": SUFFIXES,
    "max_bytes": whole(1, MAX_BYTES),
    "takes_text": SWITCH,
    "due_at": MOMENT,
    "keep_days": whole(0, 3650),
    "report_release": one_of("manual", "automatic"),
    "grade": one_of(*GRADES),
}
KINDS: dict[str, Kind] = {name: each.kind for name, each in SENT.items()} | OURS
_CAUTION = _(
    "grade = %(rule)s: what the similarity check finds goes into the gradebook as a grade; nobody has looked at it. "
    "Quotations and references count as similar, and a machine’s finding proves nothing. Hold the grades until "
    "they are released, or set grade to none."
)
ABOUT = _(
    "Inspera Originality: with grade = inverse_similarity or originality, what the check finds becomes a grade that "
    "nobody has looked at. Leave grade out for none."
)
#: Of the members of a course that become users: the courses there that they are enrolled in.
COURSES = "courses"
_PERSON = ("id", "name", "email")


def value_of(parameters: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
    """A parameter as its kind reads it."""
    given = parameters.get(name)
    read = None if given is None else KINDS[name].read(given)
    return otherwise if read is None else read


def problems_of(account: Account, action: str, parameters: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parameters of a known action."""
    if action == ENROL:
        return _enrolling_problems(account, parameters)
    problems = [problem for name, value in parameters.items() if (problem := _problem(account, name, value))]
    if settings.is_legacy(account):
        problems += [] if "documentLanguage" in parameters else ["parameter documentLanguage is missing"]
        languages = value_of(parameters, "translatedLanguage", [])
        problems += ["translatedLanguage: profile legacy takes one language"] if len(languages) > 1 else []
        if value_of(parameters, "grade") == "originality":
            problems.append("grade = originality: profile legacy tells originality in words and no percentage")
    if value_of(parameters, "anonymous_submissions") and not account.settings.get("pseudonym_domain"):
        problems.append("anonymous_submissions needs the account's setting pseudonym_domain")
    return problems


def cautions_of(parameters: Mapping[str, Any]) -> list[str]:
    """What to think about twice: a similarity becomes a grade."""
    rule = value_of(parameters, "grade", "none")
    return [] if rule == "none" else [str(_CAUTION) % {"rule": rule}]


def _problem(account: Account, name: str, value: Any) -> str:
    if name not in KINDS:
        return f"parameter {name} is not known"
    if name in SENT and SENT[name].only_current and settings.is_legacy(account):
        return f"parameter {name} belongs to profile current"
    if KINDS[name].read(value) is None:
        return f"parameter {name} must be {KINDS[name].words}"
    if KINDS[name] is TABLES and any(key not in _PERSON for row in TABLES.read(value) for key in row):
        return f"parameter {name} must be a list of people with id, name and email"
    return ""


def _enrolling_problems(account: Account, parameters: Mapping[str, Any]) -> list[str]:
    problems = [f"parameter {name} is not known" for name in parameters if name != COURSES]
    if COURSES in parameters and WORDS.read(parameters[COURSES]) is None:
        problems.append(f"parameter {COURSES} must be {WORDS.words}")
    return problems + (
        [] if settings.makes_users(account) else ["action create_users needs the account's setting creates_users"]
    )
