"""Basic Outcomes messages: what is read, what is refused, what is built."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lti.outcome_request import OutcomeRequest as PeerRequest
from lti.outcome_response import OutcomeResponse as PeerResponse

from lti_bridge import pox
from lti_bridge.pox import NAMESPACE, OLD_NAMESPACE, OutcomeExtras, PoxProblem

RECORD = (
    "<resultRecord><sourcedGUID><sourcedId>sid-1</sourcedId></sourcedGUID>"
    "<result><resultScore><language>en</language><textString>0.92</textString></resultScore></result></resultRecord>"
)


def request(inner=f"<replaceResultRequest>{RECORD}</replaceResultRequest>", *, namespace=NAMESPACE, identifier="m-1"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<imsx_POXEnvelopeRequest xmlns="{namespace}"><imsx_POXHeader>'
        "<imsx_POXRequestHeaderInfo><imsx_version>V1.0</imsx_version>"
        f"<imsx_messageIdentifier>{identifier}</imsx_messageIdentifier></imsx_POXRequestHeaderInfo></imsx_POXHeader>"
        f"<imsx_POXBody>{inner}</imsx_POXBody></imsx_POXEnvelopeRequest>"
    ).encode()


def scored(text):
    return request().replace(b"0.92", text.encode())


def answer(status="<imsx_codeMajor>success</imsx_codeMajor>", inner="<replaceResultResponse/>", namespace=NAMESPACE):
    return (
        f'<imsx_POXEnvelopeResponse xmlns="{namespace}"><imsx_POXHeader><imsx_POXResponseHeaderInfo>'
        f"<imsx_statusInfo>{status}</imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader>"
        f"<imsx_POXBody>{inner}</imsx_POXBody></imsx_POXEnvelopeResponse>"
    ).encode()


def read_score(text):
    return f"<readResultResponse><result><resultScore>{text}</resultScore></result></readResultResponse>"


def refused(body, read=pox.read_request):
    with pytest.raises(PoxProblem) as caught:
        read(body)
    return caught.value


def local_names(body):
    return [element.tag.rpartition("}")[2] for element in ElementTree.fromstring(body).iter()]


# --- our service ----------------------------------------------------------------------------


def test_bo_s_01_the_reference_request_is_read():
    assert pox.read_request(request()) == pox.OutcomeRequest("replaceResult", "sid-1", "0.92", "m-1", NAMESPACE)


@pytest.mark.parametrize("text", ["0", "0.0", "1", "1.0", ".5", "0.333333333", "00.5", "1.000"])
def test_bo_s_02_a_score_is_kept_as_exact_text(text):
    assert pox.read_request(scored(text)).score == text


@pytest.mark.parametrize(
    "text",
    [
        "1.01",
        "-0.1",
        "abc",
        "",
        "NaN",
        "Infinity",
        "0,92",
        "1e-1",
        "92%",
        "1.",
        ".",
        " 0.5",
        "0.5\n",
        "+0.5",
        "０.５",
        "٠.٥",
    ]
    + ["1.0000000000000000000000000000000000001", "0." + "3" * 200],
)
def test_bo_s_03_a_score_that_is_no_fraction_is_refused(text):
    problem = refused(scored(text))
    assert (problem.code, problem.message_identifier, problem.operation) == ("bad_score", "m-1", "replaceResult")


@pytest.mark.parametrize("inside", ["0.<!-- -->92", "<!-- -->0.92", "0.9<?php 2 ?>", "<b>0.92</b>", "0.92<b/>"])
def test_text_around_a_comment_in_a_score_is_never_joined(inside):
    assert refused(scored(inside)).code == "bad_score"


@pytest.mark.parametrize("inside", ["sid<!-- -->-1", "<b>sid-1</b>", "sid-1<?pi?>"])
def test_text_around_a_comment_in_a_sourcedid_is_never_joined(inside):
    assert refused(request().replace(b"sid-1", inside.encode())).code == "malformed"


def test_a_score_in_cdata_is_plain_text():
    assert pox.read_request(scored("<![CDATA[0.92]]>")).score == "0.92"


@pytest.mark.parametrize("operation", ["readResult", "deleteResult"])
def test_bo_s_04_and_05_read_and_delete_need_no_score(operation):
    record = "<resultRecord><sourcedGUID><sourcedId>sid-1</sourcedId></sourcedGUID></resultRecord>"
    found = pox.read_request(request(f"<{operation}Request>{record}</{operation}Request>"))
    assert (found.operation, found.sourcedid, found.score) == (operation, "sid-1", None)


@pytest.mark.parametrize(
    ("inner", "operation"),
    [
        (f"<updateResultRequest>{RECORD}</updateResultRequest>", "updateResult"),
        (f"<replaceResult>{RECORD}</replaceResult>", "replaceResult"),
        (f'<x:replaceResultRequest xmlns:x="urn:other">{RECORD}</x:replaceResultRequest>', "replaceResult"),
        ("", ""),
        ("<!-- nothing -->", ""),
    ],
)
def test_bo_s_06_an_unknown_operation_is_unsupported(inner, operation):
    problem = refused(request(inner))
    assert (problem.code, problem.message_identifier, problem.operation) == ("unsupported_operation", "m-1", operation)


@pytest.mark.parametrize(
    "prologue",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a PUBLIC "x" "http://127.0.0.1:9/a.dtd">',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1:9/a"> %e;]>',
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
@pytest.mark.parametrize("read", [pox.read_request, pox.read_answer])
def test_bo_s_11_and_bo_c_10_a_doctype_is_refused(prologue, read):
    body = prologue.encode() + (request() if read is pox.read_request else answer()).partition(b"\n")[2]
    assert refused(body, read).code == "doctype"


def test_bo_s_11_an_undeclared_entity_is_malformed():
    assert refused(scored("&e;")).code == "malformed"


def test_bo_s_11_xinclude_is_just_an_element_and_never_followed():
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    assert refused(request().replace(b"sid-1", include.encode())).code == "malformed"


def test_bo_s_11_a_remote_schema_is_never_fetched():
    schema = (
        b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a http://127.0.0.1:9/a.xsd"'
    )
    assert pox.read_request(request().replace(b"<imsx_POXBody", b"<imsx_POXBody" + schema)).score == "0.92"


def test_bo_s_12_a_message_over_the_cap_is_refused_unread():
    assert refused(b"<" * (pox.MAX_BYTES + 1)).code == "too_large"
    padding = b" " * (pox.MAX_BYTES - len(request()))
    assert pox.read_request(request() + padding).score == "0.92"


def test_bo_s_12_deep_nesting_is_refused():
    depth = (pox.MAX_BYTES - 1000) // 7
    assert refused(b"<a>" * depth + b"</a>" * depth).code == "malformed"
    assert refused(request("<a>" * 8000 + "</a>" * 8000)).code == "unsupported_operation"


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{}", b"<a", b"<html></html>", request()[:-10], request() + b"<b/>", b"\xff\xfe", b"\x00" * 9]
    + [request(namespace="urn:other"), request().replace(f' xmlns="{NAMESPACE}"'.encode(), b"")]
    + [answer(), b'<?xml version="1.0" encoding="x-unknown"?><a/>', b'<?xml version="1.0" encoding="utf-7"?><a/>'],
)
def test_bo_s_13_what_is_no_outcome_request_is_malformed(body):
    assert refused(body).code == "malformed"


@pytest.mark.parametrize(
    "inner",
    [
        RECORD.join(["<replaceResultRequest>", "</replaceResultRequest>"]) * 2,
        RECORD.replace("<sourcedId>", "<sourcedId>x</sourcedId><sourcedId>").join(
            ["<replaceResultRequest>", "</replaceResultRequest>"]
        ),
        RECORD.replace("<textString>", "<textString>1</textString><textString>").join(
            ["<replaceResultRequest>", "</replaceResultRequest>"]
        ),
    ],
)
def test_what_is_said_twice_is_malformed(inner):
    assert refused(request(inner)).code == "malformed"


def test_a_message_without_header_or_body_is_malformed():
    for name in (b"imsx_POXHeader", b"imsx_POXRequestHeaderInfo", b"imsx_POXBody"):
        assert refused(request().replace(name + b">", b"other>")).code == "malformed"


@pytest.mark.parametrize("namespace", pox.NAMESPACES)
def test_bo_s_13_both_namespaces_are_read_with_and_without_prefix(namespace):
    assert pox.read_request(request(namespace=namespace)).namespace == namespace
    prefixed = request(namespace=namespace).replace(b"xmlns=", b"xmlns:p=").partition(b"\n")[2]
    prefixed = prefixed.replace(b"</", b"\0").replace(b"<", b"<p:").replace(b"\0", b"</p:")
    assert pox.read_request(prefixed) == pox.read_request(request(namespace=namespace))


def test_bo_s_13_a_byte_order_mark_is_accepted():
    assert pox.read_request(b"\xef\xbb\xbf" + request()).score == "0.92"


def test_bo_s_13_utf_16_is_read_when_it_is_and_refused_when_only_declared():
    text = request().decode().replace("UTF-8", "UTF-16")
    assert pox.read_request(text.encode("utf-16")).score == "0.92"
    assert refused(text.encode()).code == "malformed"


def test_bo_s_19_a_missing_message_identifier_is_empty():
    body = request().replace(b"<imsx_messageIdentifier>m-1</imsx_messageIdentifier>", b"")
    assert pox.read_request(body).message_identifier == ""


@pytest.mark.parametrize("kind", ["text", "url"])
def test_bo_s_20_result_data_does_not_disturb_the_score(kind):
    data = f"</resultScore><resultData><{kind}>a &lt;b&gt;</{kind}></resultData>".encode()
    found = pox.read_request(request().replace(b"</resultScore>", data))
    assert found.score == "0.92"
    assert (found.result_data_text, found.result_data_url) == (("a <b>", None) if kind == "text" else (None, "a <b>"))


def test_bo_s_21_result_data_alone_is_a_missing_score():
    record = RECORD.partition("<resultScore>")[0] + "<resultData><text>a</text></resultData></result></resultRecord>"
    assert refused(request(f"<replaceResultRequest>{record}</replaceResultRequest>")).code == "missing_score"
    record = RECORD.partition("<result>")[0] + "</resultRecord>"
    assert refused(request(f"<replaceResultRequest>{record}</replaceResultRequest>")).code == "missing_score"


@pytest.mark.parametrize("sourcedid", [b"", b"  \n ", b"<![CDATA[]]>"])
def test_an_empty_sourcedid_is_missing(sourcedid):
    assert refused(request().replace(b"sid-1", sourcedid)).code == "missing_sourcedid"
    assert refused(request("<readResultRequest/>")).code == "missing_sourcedid"


def test_a_problem_remembers_the_namespace_to_reply_in():
    assert refused(request("", namespace=OLD_NAMESPACE)).namespace == OLD_NAMESPACE


# --- our service's answers ------------------------------------------------------------------


def test_a_response_echoes_what_it_answers():
    body = pox.build_response(
        code_major="failure",
        severity="error",
        operation="replaceResult",
        message_ref="m <1>",
        description="nobody & nothing",
        code_minor="unknownobject",
        namespace=OLD_NAMESPACE,
    )
    root = ElementTree.fromstring(body)
    texts = {element.tag: element.text for element in root.iter()}
    assert texts[f"{{{OLD_NAMESPACE}}}imsx_messageRefIdentifier"] == "m <1>"
    assert texts[f"{{{OLD_NAMESPACE}}}imsx_operationRefIdentifier"] == "replaceResult"
    assert texts[f"{{{OLD_NAMESPACE}}}imsx_codeMinorFieldName"] == "TargetEndSystem"
    read = pox.read_answer(body)
    assert (read.code_major, read.severity, read.code_minor) == ("failure", "error", "unknownobject")
    assert read.description == "nobody & nothing"
    assert local_names(body)[-1] == "replaceResultResponse"


def test_bo_s_04_reading_no_grade_gives_an_empty_text_never_zero():
    body = pox.build_response(code_major="success", operation="readResult", message_ref="m")
    assert pox.read_answer(body).score_text == ""
    body = pox.build_response(code_major="success", operation="readResult", message_ref="m", score="0")
    assert pox.read_answer(body).score_text == "0"


def test_an_unsupported_operation_is_echoed_without_a_response_element():
    body = pox.build_response(code_major="unsupported", operation="<evil>", message_ref="m")
    assert local_names(body)[-1] == "imsx_POXBody"


def test_two_responses_have_two_identifiers():
    first, second = (pox.build_response(code_major="success", operation="deleteResult", message_ref="m") for _ in "ab")
    assert first != second


def test_characters_that_xml_cannot_carry_are_replaced_in_responses():
    body = pox.build_response(
        code_major="failure", operation="readResult", message_ref="a\x00b", description="\x1b\ud800"
    )
    assert pox.read_answer(body).description == "\ufffd\ufffd"


def test_a_code_major_outside_the_vocabulary_is_a_bug():
    with pytest.raises(ValueError, match="imsx_codeMajor"):
        pox.build_response(code_major="ok", operation="readResult", message_ref="m")


# --- our requests ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (Decimal(1) / 3, "0.333333"),
        (Decimal(2) / 3, "0.666667"),
        (Decimal(0), "0"),
        (Decimal("-0.0"), "0"),
        (Decimal(1), "1"),
        (Decimal("1.000"), "1"),
        (Decimal("0.50"), "0.5"),
        (Decimal("1E-7"), "0"),
        (Decimal("1E-6"), "0.000001"),
        (Decimal("5E-1"), "0.5"),
        (Decimal("0E-20"), "0"),
    ],
)
def test_a_score_has_a_dot_at_most_six_decimals_and_no_exponent(score, text):
    """BO-C-15"""
    assert pox.read_request(pox.build_request("replaceResult", "s", score=score)).score == text


@pytest.mark.parametrize("score", ["1.0000001", "-0.0000001", "2", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_score_out_of_range_is_never_clamped(score):
    with pytest.raises(ValueError, match="from 0 to 1"):
        pox.build_request("replaceResult", "s", score=Decimal(score))


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda c: c >= " " or c in "\t\n\r"
    ),
    min_size=1,
).filter(lambda text: not text.isspace())


@given(XML_TEXT)
def test_a_sourcedid_round_trips(sourcedid):
    """BO-C-13"""
    assert pox.read_request(pox.build_request("readResult", sourcedid)).sourcedid == sourcedid


@pytest.mark.parametrize(
    "sourcedid",
    ['{"data":{"instanceid":"1"},"hash":"b8"}', "<&>\"'", "]]>", "Zoë 😀 \x85", "a\r\nb\rc", "x" * 5000, "&amp;"],
)
def test_awkward_sourcedids_round_trip(sourcedid):
    """BO-C-13"""
    body = pox.build_request("replaceResult", sourcedid, score=Decimal(1))
    assert pox.read_request(body).sourcedid == sourcedid


@pytest.mark.parametrize("sourcedid", ["\x00", "a\x0b", "\ud800", "\uffff"])
def test_a_sourcedid_that_xml_cannot_carry_is_refused(sourcedid):
    with pytest.raises(ValueError, match="cannot carry"):
        pox.build_request("readResult", sourcedid)


def test_extras_stand_where_platforms_look_for_them():
    at = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    extras = OutcomeExtras(
        submitted_at=at,
        result_url="https://bridge.example.edu/a?b=1&c=2",
        total_score="17.5",
        prioritize_non_tool_grade=True,
        needs_additional_review=True,
    )
    body = pox.build_request("replaceResult", "s", score=Decimal("0.5"), extras=extras)
    asked = ElementTree.fromstring(body).find(f".//{{{NAMESPACE}}}replaceResultRequest")
    names = [child.tag.rpartition("}")[2] for child in asked]
    assert names == ["resultRecord", "submissionDetails"]
    details = {child.tag.rpartition("}")[2]: child.text for child in asked[1]}
    assert details == {
        "submittedAt": "2026-11-21T11:00:00.000Z",
        "prioritizeNonToolGrade": None,
        "needsAdditionalReview": None,
    }
    result = [child.tag.rpartition("}")[2] for child in asked[0][1]]
    assert result == ["resultScore", "resultTotalScore", "resultData"]
    assert pox.read_request(body).result_data_url == "https://bridge.example.edu/a?b=1&c=2"


def test_without_extras_nothing_is_added():
    names = local_names(pox.build_request("replaceResult", "s", score=Decimal(1), extras=OutcomeExtras()))
    assert not {"submissionDetails", "resultData", "resultTotalScore"} & set(names)


def test_result_data_may_go_without_a_score():
    body = pox.build_request("replaceResult", "s", extras=OutcomeExtras(result_text="done"))
    assert "resultScore" not in local_names(body)


@pytest.mark.parametrize(
    ("operation", "score", "extras"),
    [
        ("replaceResult", None, None),
        ("readResult", Decimal(1), None),
        ("deleteResult", None, OutcomeExtras()),
        ("replaceResult", Decimal(1), OutcomeExtras(result_text="a", result_url="b")),
        (
            "replaceResult",
            Decimal(1),
            OutcomeExtras(submitted_at=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)),
        ),
    ],
)
def test_combinations_that_mean_nothing_are_bugs(operation, score, extras):
    with pytest.raises(ValueError, match=r"needs|takes no|not both"):
        pox.build_request(operation, "s", score=score, extras=extras)


def test_two_requests_have_two_identifiers_unless_given():
    first, second = (pox.read_request(pox.build_request("readResult", "s")).message_identifier for _ in "ab")
    assert first != second
    assert pox.read_request(pox.build_request("readResult", "s", message_identifier="m-9")).message_identifier == "m-9"


# --- platforms' answers ---------------------------------------------------------------------


@pytest.mark.parametrize("code", ["success", "failure", "processing", "unsupported"])
def test_bo_c_02_to_05_the_code_major_is_read_as_it_is(code):
    assert pox.read_answer(answer(f"<imsx_codeMajor> {code.title()} </imsx_codeMajor>")).code_major == code


def test_bo_c_03_a_failure_carries_the_platforms_own_words():
    status = (
        "<imsx_codeMajor>failure</imsx_codeMajor><imsx_severity>Error</imsx_severity>"
        "<imsx_description>Course is &lt;concluded&gt;</imsx_description>"
        "<imsx_codeMinor><imsx_codeMinorField><imsx_codeMinorFieldName>TargetEndSystem</imsx_codeMinorFieldName>"
        "<imsx_codeMinorFieldValue>gradingnotpermitted</imsx_codeMinorFieldValue></imsx_codeMinorField></imsx_codeMinor>"
        "<ext_canvas_error_code>course_not_available</ext_canvas_error_code>"
    )
    assert pox.read_answer(answer(status)) == pox.OutcomeAnswer(
        "failure", "gradingnotpermitted", "error", "Course is <concluded>", None, "course_not_available"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html><body>Log in</body></html>",
        b"<html><body>Log in</body></html>",
        answer()[:-20],
        answer()[20:],
        b"OK",
        answer(""),
        answer("<imsx_codeMajor/>"),
        answer("<imsx_codeMajor>fine</imsx_codeMajor>"),
        answer("<imsx_codeMajor>suc<!-- -->cess</imsx_codeMajor>"),
        answer("<imsx_codeMajor>failure</imsx_codeMajor><imsx_codeMajor>success</imsx_codeMajor>"),
        answer().replace(b"imsx_statusInfo", b"other"),
        request(),
    ],
)
def test_bo_c_06_what_is_no_answer_is_never_success(body):
    assert refused(body, pox.read_answer).code == "malformed"


@pytest.mark.parametrize("namespace", [NAMESPACE, OLD_NAMESPACE])
def test_bo_c_11_old_namespace_prefix_and_odd_reference_are_accepted(namespace):
    odd = "<imsx_codeMajor>success</imsx_codeMajor><imsx_messageRefIdentifier>?</imsx_messageRefIdentifier>"
    body = answer(odd, namespace=namespace)
    assert pox.read_answer(body).code_major == "success"
    prefixed = body.replace(b"xmlns=", b"xmlns:p=").replace(b"</", b"\0").replace(b"<", b"<p:").replace(b"\0", b"</p:")
    assert pox.read_answer(prefixed) == pox.read_answer(body)


def test_an_answer_after_blank_lines_and_with_comments_is_read():
    body = b'\r\n\n<?xml version="1.0"?><!-- made by hand -->' + answer(
        "<!-- a --><imsx_codeMajor>success</imsx_codeMajor>"
    )
    assert pox.read_answer(body).code_major == "success"


@pytest.mark.parametrize(
    ("inner", "score"),
    [
        ("<replaceResultResponse/>", None),
        ("", None),
        ("<readResultResponse/>", None),
        (read_score("<language>en</language><textString/>"), ""),
        (read_score("<language>en</language><textString></textString>"), ""),
        (read_score("<language>en</language><textString> 0.7700000 </textString>"), "0.7700000"),
        (read_score("<textString>77 %</textString>"), "77 %"),
    ],
)
def test_a_result_is_told_from_no_result(inner, score):
    assert pox.read_answer(answer(inner=inner)).score_text == score


def test_text_around_a_comment_in_a_result_is_never_joined():
    assert (
        refused(answer(inner=read_score("<textString>0.<!-- -->9</textString>")), pox.read_answer).code == "malformed"
    )


# --- anything at all ------------------------------------------------------------------------

PIECES = st.sampled_from([request(), answer(), b"<!DOCTYPE a>", b"<!--", b"-->", b"&#0;", b"&#x41;", b"]]>", b"\xff"])


@given(st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=6))).map(b"".join)))
def test_no_bytes_ever_raise_anything_but_pox_problem(body):
    for read in (pox.read_request, pox.read_answer):
        with suppress(PoxProblem):
            read(body)


@given(st.sampled_from([request(), answer()]), st.integers(0, 800), st.integers(0, 30), st.binary(max_size=8))
def test_no_altered_message_ever_raises_anything_but_pox_problem(body, start, length, patch):
    body = body[:start] + patch + body[start + length :]
    for read in (pox.read_request, pox.read_answer):
        with suppress(PoxProblem):
            read(body)


# --- an independent peer --------------------------------------------------------------------


def test_interop_the_lti_package_reads_our_request():
    peer = PeerRequest()
    peer.process_xml(pox.build_request("replaceResult", "sid <&> ë", score=Decimal("0.92"), message_identifier="m-1"))
    assert (peer.operation, peer.lis_result_sourcedid, str(peer.score)) == ("replaceResult", "sid <&> ë", "0.92")


@pytest.mark.parametrize("operation", pox.OPERATIONS)
def test_interop_we_read_a_request_of_the_lti_package(operation):
    options = {"operation": operation, "score": 0.92, "lis_result_sourcedid": "sid <&> ë", "message_identifier": "m-1"}
    found = pox.read_request(PeerRequest(options).generate_request_xml())
    assert (found.operation, found.sourcedid, found.message_identifier) == (operation, "sid <&> ë", "m-1")
    assert found.score == ("0.92" if operation == "replaceResult" else None)


def test_interop_the_lti_package_reads_our_response():
    body = pox.build_response(code_major="success", operation="readResult", message_ref="m-1", score="0.92")
    peer = PeerResponse.from_post_response(
        type("Response", (), {"status_code": 200, "content": body, "text": body}), body
    )
    assert peer.is_success()
    assert str(peer.score) == "0.92"
