"""Addresses that are offered fit the rules that they are offered for."""

import pytest

from lti_bridge.known_endpoints import KNOWN, hint
from lti_bridge.models import Family
from lti_bridge.registration_rules import problems_of


@pytest.mark.parametrize("family", sorted(KNOWN))
def test_what_is_offered_would_be_taken(family: str, settings) -> None:
    settings.BASE_URL = "https://bridge.example.edu"
    assert problems_of(dict(KNOWN[family].items())) == {}


def test_every_family_but_the_unknown_one_has_its_addresses() -> None:
    assert set(KNOWN) == set(Family.values) - {Family.OTHER}


def test_brightspace_wants_another_audience_than_the_address_that_is_called() -> None:
    known = KNOWN["brightspace"]
    assert known.token_audience == "https://api.brightspace.com/auth/token" != known.token_endpoint


def test_a_hint_names_the_family_and_is_empty_where_nothing_is_known() -> None:
    assert hint("schoology", "issuer") == " (Schoology usually has https://schoology.schoology.com)"
    assert hint("moodle", "token_audience") == hint("other", "issuer") == hint("nonsense", "issuer") == ""
