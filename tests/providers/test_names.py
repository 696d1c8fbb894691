"""Names in two parts, from whatever the LMS told."""

import pytest

from lti_bridge.models import Learner
from lti_bridge.providers.names import given_and_family


@pytest.mark.parametrize(
    ("given", "family", "full", "parts"),
    [
        ("Alice", "Liddell", "", ("Alice", "Liddell")),
        ("Alice", "Liddell", "Dr A. Liddell", ("Alice", "Liddell")),
        ("", "", "Alice Liddell", ("Alice", "Liddell")),
        ("", "", "Alice Pleasance Liddell", ("Alice", "Pleasance Liddell")),
        ("Alice", "", "Alice Liddell", ("Alice", "Liddell")),
        ("An", "", "An Andersson", ("An", "Andersson")),
        ("Alice", "", "Liddell, Alice", ("Alice", "Liddell")),
        ("", "Liddell", "Alice Liddell", ("Alice", "Liddell")),
        ("", "", "Plato", ("Plato", "Plato")),
        ("Plato", "", "Plato", ("Plato", "Plato")),
        (" Alice ", " ", "", ("Alice", "Alice")),
        ("", "", " ", ("", "")),
    ],
)
def test_both_parts_are_found(given, family, full, parts):
    assert given_and_family(Learner(given_name=given, family_name=family, full_name=full)) == parts


def test_a_user_id_never_stands_in_for_a_name():
    assert given_and_family(Learner(user_id="alice-1")) == ("", "")
