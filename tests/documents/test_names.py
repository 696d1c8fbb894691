"""Names of files and titles."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.documents import names


@given(st.text(max_size=400))
def test_a_name_to_keep_is_harmless_whatever_was_told(told: str) -> None:
    name = names.file_name(told)
    assert 1 <= len(name) <= names.LONGEST and not set(name) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(each).startswith("C") for each in name)
    assert not name.startswith((".", " ")) and name == names.file_name(name)


@given(st.text(max_size=250))
def test_a_title_from_a_name_has_an_allowed_length(told: str) -> None:
    assert 5 <= len(names.title_from(names.file_name(told), (5, 190))) <= 190


@pytest.mark.parametrize(
    ("told", "suffix"), [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("a", ""), ("a\u202efdp.exe", "exe"), ("a.pdf.", "pdf")]
)
def test_the_suffix_is_that_of_the_kept_name(told: str, suffix: str) -> None:
    assert names.suffix_of(names.file_name(told)) == suffix
