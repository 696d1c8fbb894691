"""Languages and types of documents: the document's lists, complete."""

import pytest

from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES, media_types, suffix_of
from lti_bridge.providers.inspera_originality.languages import FROM_ISO, LANGUAGES, language_code
from lti_bridge.providers.inspera_originality.values import DOCUMENT_TYPE

#: As section 3.2 lists them, put together anew.
DOCUMENTED = """
application/pdf pdf
text/plain .txt
text/html html
application/xml xml
application/msword application/doc application/ms-doc doc
application/vnd.openxmlformats-officedocument.wordprocessingml.document word docx doc/docx
application/vnd.oasis.opendocument.text odt
application/rtf rtf
application/wordperfect wpd
application/postscript ps
application/x-hwp hwp
application/vnd.apple.pages pages
application/vnd.ms-powerpoint application/mspowerpoint application/powerpoint application/x-mspowerpoint ppt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.presentationml.slideshow ppsx
application/vnd.oasis.opendocument.presentation odp
application/vnd.apple.keynote key
application/vnd.ms-excel application/excel application/x-excel application/x-msexcel xls
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.apple.numbers numbers
application/json json
text/csv csv
text/markdown md
"""
LINES = [line.split() for line in DOCUMENTED.strip().splitlines()]


@pytest.mark.parametrize("names", LINES, ids=lambda names: names[-1])
def test_each_name_of_a_type_leads_to_the_same_type(names):
    (suffix,) = {DOCUMENT_TYPE.read(name) for name in names}
    assert DOCUMENT_TYPES[suffix].media_type == names[0]
    assert suffix_of(f"{names[0].upper()}; charset=utf-8") == suffix


def test_there_are_no_other_types():
    assert len(DOCUMENT_TYPES) == len(LINES) == 24
    assert suffix_of("application/x-msdownload") is None and DOCUMENT_TYPE.read("exe") is None


def test_an_activity_takes_all_types_or_those_it_names():
    assert media_types()["docx"].endswith("wordprocessingml.document")
    assert media_types(("pdf", "html")) == {"pdf": "application/pdf", "html": "text/html", "htm": "text/html"}


def test_there_are_the_documents_languages():
    listed = "en sq de it lt es pt cz tr sk fr mk pl no lv el nd ru bg hu ro sr sv fi hr"
    assert set(LANGUAGES) == set(listed.split()) and len(LANGUAGES) == 25


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("nl", "nd"),
        ("nl-BE", "nd"),
        ("nd", "nd"),
        ("cs", "cz"),
        ("cs_CZ", "cz"),
        ("cz", "cz"),
        ("sq", "sq"),
        ("nb", "no"),
        ("nn-NO", "no"),
        ("no", "no"),
        ("EN-gb", "en"),
        (" de ", "de"),
        ("ja", None),
        ("", None),
    ],
)
def test_a_language_has_originalitys_own_code(told, code):
    assert language_code(told) == code


def test_every_code_is_its_own_and_each_of_isos_leads_to_one():
    assert all(language_code(code) == code for code in LANGUAGES)
    assert set(FROM_ISO.values()) <= set(LANGUAGES)
