"""The course that tests of the pages are about."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.pages.course import Course, make_course


@pytest.fixture
def course(db: None) -> Course:
    return make_course()


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A page speaks the language of its launch for the rest of the request; here no next request resets it."""
    yield
    translation.activate("en")
