"""Basic Outcomes messages (LTI 1.1 "plain old XML"), both ends: read and build, nothing else.

What arrives is hostile until read: no DTD, no entities, no network, a size cap, and text that a
comment cuts in two is refused, never joined. Signatures are checked on the raw bytes before any of
this (``oauth1``). Scores travel as exact text and are never floats.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NoReturn
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder, tostring

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

Operation = Literal["replaceResult", "readResult", "deleteResult"]

MAX_BYTES = 65536
NAMESPACE = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
#: Still common, in both directions.
OLD_NAMESPACE = "http://www.imsglobal.org/lis/oms1p0/pox"
NAMESPACES = (NAMESPACE, OLD_NAMESPACE)
OPERATIONS: tuple[Operation, ...] = ("replaceResult", "readResult", "deleteResult")
CODE_MAJORS = ("success", "processing", "failure", "unsupported")

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_SCORE = re.compile(r"[0-9]*\.?[0-9]+")
_MAX_SCORE_LENGTH = 100
_SCORE_STEP = Decimal("0.000001")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: One platform explains failures in an extension element of its own.
_ERROR_CODE = re.compile(r"ext_\w+_error_code")


class PoxProblem(Exception):
    """A message that cannot be used.

    Codes: malformed, doctype, too_large, unsupported_operation, missing_sourcedid, missing_score,
    bad_score. The other attributes say what is known for the reply: the request's message identifier,
    operation and namespace, each with a harmless default.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_identifier = ""
        self.operation = ""
        self.namespace = NAMESPACE


@dataclass(frozen=True, slots=True)
class OutcomeRequest:
    """What a provider asks of our outcome service."""

    operation: Operation
    sourcedid: str
    #: Exact text, 0 to 1; None unless the operation is replaceResult.
    score: str | None
    message_identifier: str
    namespace: str
    result_data_text: str | None = None
    result_data_url: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeExtras:
    """Extensions for ``build_request``; send each only where the launch offered it."""

    submitted_at: datetime | None = None
    result_text: str | None = None
    result_url: str | None = None
    #: Points instead of a fraction; it wins over the score.
    total_score: str | None = None
    prioritize_non_tool_grade: bool = False
    needs_additional_review: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """What a platform answered. ``code_major`` is one of CODE_MAJORS."""

    code_major: str
    code_minor: str
    severity: str
    description: str
    #: The result as text, "" where there is none yet; None where the answer has no result element.
    score_text: str | None
    #: The platform's own error code, if it sends one.
    error_code: str


# --- reading a request ----------------------------------------------------------------------


def read_request(body: bytes) -> OutcomeRequest:
    """Read a provider's request strictly; any bytes at all give a request or a PoxProblem."""
    identifier = operation = ""
    namespace = NAMESPACE
    try:
        root = _parse(body)
        namespace = _request_namespace(root)
        identifier = _message_identifier(root, namespace)
        asked = _asked_operation(root, namespace)
        operation = _local_name(asked).removesuffix("Request")
        return _outcome_request(asked, operation, identifier, namespace)
    except PoxProblem as problem:
        problem.message_identifier, problem.operation, problem.namespace = identifier, operation, namespace
        raise


def _parse(body: bytes) -> Element:
    if len(body) > MAX_BYTES:
        raise PoxProblem("too_large", f"The message is larger than {MAX_BYTES} bytes.")
    # Comments are kept as nodes, because dropping them would join the text around them.
    target = TreeBuilder(insert_comments=True, insert_pis=True)
    parser = DefusedXMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(body)
        root: Element = parser.close()
        return root
    except DTDForbidden as error:
        if error.name.lower() == "html":
            raise PoxProblem("malformed", "The message is a web page.") from None
        raise PoxProblem("doctype", "The message has a DOCTYPE.") from None
    except DefusedXmlException:
        raise PoxProblem("doctype", "The message declares entities.") from None
    except (ParseError, ValueError, LookupError):
        # ValueError and LookupError: an encoding that is unknown, or that the parser does not take.
        raise PoxProblem("malformed", "The message is not well-formed XML.") from None


def _request_namespace(root: Element) -> str:
    for namespace in NAMESPACES:
        if root.tag == f"{{{namespace}}}imsx_POXEnvelopeRequest":
            return namespace
    return _malformed("The message is not an outcome request.")


def _message_identifier(root: Element, namespace: str) -> str:
    info = _one(_one(root, "imsx_POXHeader", namespace), "imsx_POXRequestHeaderInfo", namespace)
    return _text(_at_most_one(info, "imsx_messageIdentifier", namespace)) or ""


def _asked_operation(root: Element, namespace: str) -> Element:
    asked = _elements(_one(root, "imsx_POXBody", namespace))
    if not asked:
        raise PoxProblem("unsupported_operation", "The message asks for nothing.")
    if len(asked) > 1:
        _malformed("The message asks for several things.")
    return asked[0]


def _outcome_request(asked: Element, operation: str, identifier: str, namespace: str) -> OutcomeRequest:
    known = next((name for name in OPERATIONS if name == operation), None)
    if known is None or asked.tag != f"{{{namespace}}}{known}Request":
        raise PoxProblem("unsupported_operation", "This operation is not supported.")
    record = _at_most_one(asked, "resultRecord", namespace)
    sourcedid = _sourcedid(record, namespace)
    if record is None or known != "replaceResult":
        return OutcomeRequest(known, sourcedid, None, identifier, namespace)
    result = _at_most_one(record, "result", namespace)
    data = _at_most_one(result, "resultData", namespace)
    return OutcomeRequest(
        known,
        sourcedid,
        _score(result, namespace),
        identifier,
        namespace,
        result_data_text=_text(_at_most_one(data, "text", namespace)),
        result_data_url=_text(_at_most_one(data, "url", namespace)),
    )


def _sourcedid(record: Element | None, namespace: str) -> str:
    element = _at_most_one(_at_most_one(record, "sourcedGUID", namespace), "sourcedId", namespace)
    sourcedid = _text(element)
    if element is not None and sourcedid is None:
        _malformed("The sourcedId is not plain text.")
    if not sourcedid or sourcedid.isspace():
        raise PoxProblem("missing_sourcedid", "The sourcedId is missing.")
    return sourcedid


def _score(result: Element | None, namespace: str) -> str:
    element = _at_most_one(_at_most_one(result, "resultScore", namespace), "textString", namespace)
    if element is None:
        raise PoxProblem("missing_score", "The score is missing.")
    score = _text(element) or ""
    if len(score) > _MAX_SCORE_LENGTH or not _SCORE.fullmatch(score) or Decimal(score) > 1:
        raise PoxProblem("bad_score", "The score is not a decimal number from 0 to 1.")
    return score


def _malformed(message: str) -> NoReturn:
    raise PoxProblem("malformed", message)


def _elements(parent: Element) -> list[Element]:
    """Child elements without comments and processing instructions, whose tags are functions."""
    return [child for child in parent if isinstance(child.tag, str)]


def _at_most_one(parent: Element | None, name: str, namespace: str) -> Element | None:
    found = [] if parent is None else parent.findall(f"{{{namespace}}}{name}")
    if len(found) > 1:
        _malformed(f"The message has several {name} elements.")
    return found[0] if found else None


def _one(parent: Element, name: str, namespace: str) -> Element:
    found = _at_most_one(parent, name, namespace)
    return _malformed(f"The message has no {name} element.") if found is None else found


def _text(element: Element | None) -> str | None:
    """The element's text; None for no element, and for one with anything but text inside."""
    if element is None or len(element):
        return None
    return element.text or ""


def _local_name(element: Element) -> str:
    """The name without its namespace; "" for comments and processing instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


# --- reading an answer ----------------------------------------------------------------------


def read_answer(body: bytes) -> OutcomeAnswer:
    """Read a platform's answer by local names, whatever the namespace.

    Raises PoxProblem for everything that is not an outcome answer, such as a login page.
    """
    # Some platforms print a blank line before the XML declaration.
    root = _parse(body.lstrip(b" \t\r\n"))
    if _local_name(root) != "imsx_POXEnvelopeResponse":
        _malformed("The answer is not an outcome response.")
    status = _named(root, "imsx_statusInfo")
    if status is None:
        _malformed("The answer has no status.")
    code_major = _text_of(status, "imsx_codeMajor").lower()
    if code_major not in CODE_MAJORS:
        _malformed("The answer has no known status.")
    return OutcomeAnswer(
        code_major=code_major,
        code_minor=_text_of(status, "imsx_codeMinorFieldValue"),
        severity=_text_of(status, "imsx_severity").lower(),
        description=_text_of(status, "imsx_description"),
        score_text=_answered_score(root),
        error_code=_error_code(root),
    )


def _answered_score(root: Element) -> str | None:
    response = _named(root, "readResultResponse")
    score = None if response is None else _named(response, "resultScore")
    text = None if score is None else _named(score, "textString")
    if text is not None and _text(text) is None:
        _malformed("The answer's score is not plain text.")
    answered = _text(text)
    return None if answered is None else answered.strip()


def _error_code(root: Element) -> str:
    codes = (element for element in root.iter("*") if _ERROR_CODE.fullmatch(_local_name(element)))
    return (_text(next(codes, None)) or "").strip()


def _text_of(parent: Element, name: str) -> str:
    return (_text(_named(parent, name)) or "").strip()


def _named(parent: Element, name: str) -> Element | None:
    """The one descendant with this local name; two are refused, for which would be true?"""
    found = [element for element in parent.iter("*") if _local_name(element) == name]
    if len(found) > 1:
        _malformed(f"The answer has several {name} elements.")
    return found[0] if found else None


# --- building -------------------------------------------------------------------------------


def build_request(
    operation: Operation,
    sourcedid: str,
    *,
    score: Decimal | None = None,
    extras: OutcomeExtras | None = None,
    message_identifier: str | None = None,
) -> bytes:
    """Build a request to a platform. The score, 0 to 1, is for replaceResult alone.

    Raises ValueError for a score out of range (it is never clamped), for a sourcedid that XML cannot
    carry, and for combinations that mean nothing.
    """
    if _NOT_XML.search(sourcedid):
        raise ValueError("the sourcedid has characters that XML cannot carry")
    root = Element("imsx_POXEnvelopeRequest", xmlns=NAMESPACE)
    info = SubElement(SubElement(root, "imsx_POXHeader"), "imsx_POXRequestHeaderInfo")
    _add(info, "imsx_version", "V1.0")
    _add(info, "imsx_messageIdentifier", message_identifier or uuid.uuid4().hex)
    asked = SubElement(SubElement(root, "imsx_POXBody"), f"{operation}Request")
    record = SubElement(asked, "resultRecord")
    _add(SubElement(record, "sourcedGUID"), "sourcedId", sourcedid)
    if operation == "replaceResult":
        _add_result(record, score, extras or OutcomeExtras())
        _add_submission_details(asked, extras or OutcomeExtras())
    elif score is not None or extras is not None:
        raise ValueError(f"{operation} takes no score and no extras")
    return _serialized(root)


def build_response(
    *,
    code_major: str,
    operation: str,
    message_ref: str,
    severity: str = "status",
    description: str = "",
    code_minor: str = "",
    namespace: str = NAMESPACE,
    score: str | None = None,
) -> bytes:
    """Build our service's answer, in the namespace of the request.

    A successful readResult always has a score element: empty where there is no grade.
    """
    if code_major not in CODE_MAJORS:
        raise ValueError(f"{code_major} is not an imsx_codeMajor")
    root = Element("imsx_POXEnvelopeResponse", xmlns=namespace)
    info = SubElement(SubElement(root, "imsx_POXHeader"), "imsx_POXResponseHeaderInfo")
    _add(info, "imsx_version", "V1.0")
    _add(info, "imsx_messageIdentifier", uuid.uuid4().hex)
    status = SubElement(info, "imsx_statusInfo")
    _add(status, "imsx_codeMajor", code_major)
    _add(status, "imsx_severity", severity)
    # Always there, even empty: some readers give up without it.
    _add(status, "imsx_description", description)
    _add(status, "imsx_messageRefIdentifier", message_ref)
    _add(status, "imsx_operationRefIdentifier", operation)
    if code_minor:
        field = SubElement(SubElement(status, "imsx_codeMinor"), "imsx_codeMinorField")
        _add(field, "imsx_codeMinorFieldName", "TargetEndSystem")
        _add(field, "imsx_codeMinorFieldValue", code_minor)
    answer = SubElement(root, "imsx_POXBody")
    if operation in OPERATIONS:
        answer = SubElement(answer, f"{operation}Response")
    if operation == "readResult" and code_major == "success":
        _add_score(SubElement(answer, "result"), "resultScore", score or "")
    return _serialized(root)


def _add_result(record: Element, score: Decimal | None, extras: OutcomeExtras) -> None:
    if extras.result_text is not None and extras.result_url is not None:
        raise ValueError("a result has a text or a URL, not both")
    result = SubElement(record, "result")
    if score is not None:
        _add_score(result, "resultScore", _score_text(score))
    if extras.total_score is not None:
        _add_score(result, "resultTotalScore", extras.total_score)
    if extras.result_text is not None:
        _add(SubElement(result, "resultData"), "text", extras.result_text)
    if extras.result_url is not None:
        _add(SubElement(result, "resultData"), "url", extras.result_url)
    if not len(result):
        raise ValueError("replaceResult needs a score, a total score or result data")


def _add_submission_details(asked: Element, extras: OutcomeExtras) -> None:
    details = Element("submissionDetails")
    if extras.submitted_at is not None:
        if extras.submitted_at.tzinfo is None:
            raise ValueError("submitted_at needs a time zone")
        submitted_at = extras.submitted_at.astimezone(UTC).isoformat(timespec="milliseconds")
        _add(details, "submittedAt", submitted_at.replace("+00:00", "Z"))
    if extras.prioritize_non_tool_grade:
        SubElement(details, "prioritizeNonToolGrade")
    if extras.needs_additional_review:
        SubElement(details, "needsAdditionalReview")
    if len(details):
        asked.append(details)


def _score_text(score: Decimal) -> str:
    """Fixed point, at most 6 decimals, never an exponent: 0 → "0", 1/3 → "0.333333"."""
    if not score.is_finite() or not 0 <= score <= 1:
        raise ValueError("the score must be from 0 to 1")
    text = format(abs(score.quantize(_SCORE_STEP, ROUND_HALF_UP)), "f")
    return text.rstrip("0").rstrip(".")


def _add_score(result: Element, name: str, text: str) -> None:
    score = SubElement(result, name)
    _add(score, "language", "en")
    _add(score, "textString", text)


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NOT_XML.sub("\ufffd", text)


def _serialized(root: Element) -> bytes:
    # ElementTree leaves CR as it is, and every parser would then read it as LF.
    text: bytes = tostring(root, encoding="utf-8")
    return _DECLARATION + text.replace(b"\r", b"&#13;")
