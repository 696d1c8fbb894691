"""The reference that people read aloud."""

import re

import structlog

from lti_bridge.reference import reference


def test_it_comes_from_the_request_id_and_stays_the_same() -> None:
    with structlog.contextvars.bound_contextvars(request_id="3f2a91bc-77d0-4c4f-9d5e-000000000000", reference=None):
        structlog.contextvars.unbind_contextvars("reference")
        assert reference() == "3f2a-91bc-77d0" == reference()
        assert structlog.contextvars.get_contextvars()["reference"] == "3f2a-91bc-77d0"
    structlog.contextvars.clear_contextvars()


def test_a_request_id_that_a_stranger_chose_does_not_show() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id="<script>")
    assert re.fullmatch(r"[0-9a-f]{4}(-[0-9a-f]{4}){2}", reference())
    structlog.contextvars.clear_contextvars()
