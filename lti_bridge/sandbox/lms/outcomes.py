"""The pretend LMS's Basic Outcomes service: what a signed message does to the gradebook."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from lti_bridge import oauth1, pox
from lti_bridge.sandbox.addresses import lms_url
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms.sourcedids import entry_of
from lti_bridge.sandbox.models import GradebookEntry, GradeWrite, UsedNonce


@dataclass(frozen=True, slots=True)
class Post:
    """What came in, all of it that matters: it can be acted on after the connection is gone."""

    authorization: str
    body: bytes
    #: Told to refuse: the HTTP status to refuse with.
    refuse_with: int = 0
    knows_read: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the HTTP status it goes with."""

    xml: bytes
    status: int = 200


def answer(post: Post) -> Reply:
    """Check a message's signature and do what it asks."""
    try:
        _believe(post)
        request = pox.read_request(post.body)
    except oauth1.SignatureProblem as problem:
        return _failure("", "", f"Message signature not valid: {problem.message}")
    except pox.PoxProblem as problem:
        return _failure(problem.operation, problem.message_identifier, problem.message)
    with transaction.atomic():
        entry = entry_of(request.sourcedid)
        if entry is None:
            return _failure(request.operation, request.message_identifier, "SourcedId hash not valid")
        locked = GradebookEntry.objects.select_for_update().get(pk=entry.pk)
        return _act(request, locked, post)


def _believe(post: Post) -> None:
    """Raise ``SignatureProblem`` unless the bridge signed this very body, lately and for the first time."""
    parameters, _pairs = oauth1.read_header(post.authorization)
    secrets = [shared_secret(LMS_KEY)] if parameters.key == LMS_KEY else []
    oauth1.check_body(post.authorization, lms_url("sandbox-lms-outcomes"), post.body, secrets)
    oauth1.check_timestamp(parameters.timestamp, time.time())
    if not UsedNonce.use("lms", parameters.nonce):
        raise oauth1.SignatureProblem("nonce_used", "The nonce was used before.")


def _act(request: pox.OutcomeRequest, entry: GradebookEntry, post: Post) -> Reply:
    if post.refuse_with:
        _remember(entry, request, "refused, as the fault switch says")
        description = "Tool does not accept grades" if post.refuse_with == 200 else "Assignment has no points possible."
        return _failure(request.operation, request.message_identifier, description, status=post.refuse_with)
    return _OPERATIONS[request.operation](request, entry, post)


def _replace(request: pox.OutcomeRequest, entry: GradebookEntry, _post: Post) -> Reply:
    entry.score = Decimal(request.score or "")
    entry.save(update_fields=["score"])
    kept = entry.overridden is not None
    _remember(entry, request, "taken, but the teacher's grade stands" if kept else "taken")
    return _success(request)


def _delete(request: pox.OutcomeRequest, entry: GradebookEntry, _post: Post) -> Reply:
    entry.score = None
    entry.save(update_fields=["score"])
    _remember(entry, request, "removed")
    return _success(request)


def _read(request: pox.OutcomeRequest, entry: GradebookEntry, post: Post) -> Reply:
    if not post.knows_read:
        return _failure(request.operation, request.message_identifier, "Not supported", code_major="unsupported")
    score = "" if entry.grade is None else format(entry.grade.normalize(), "f")
    _remember(entry, request, f"answered {score or 'nothing'}")
    return _success(request, score)


_OPERATIONS: dict[str, Callable[[pox.OutcomeRequest, GradebookEntry, Post], Reply]] = {
    "replaceResult": _replace,
    "deleteResult": _delete,
    "readResult": _read,
}


def _remember(entry: GradebookEntry, request: pox.OutcomeRequest, outcome: str) -> None:
    GradeWrite.objects.create(entry=entry, operation=request.operation, value=request.score or "", outcome=outcome)


def _success(request: pox.OutcomeRequest, score: str | None = None) -> Reply:
    return Reply(
        pox.build_response(
            code_major="success",
            operation=request.operation,
            message_ref=request.message_identifier,
            namespace=request.namespace,
            score=score,
        )
    )


def _failure(
    operation: str, message_ref: str, description: str, *, status: int = 200, code_major: str = "failure"
) -> Reply:
    xml = pox.build_response(
        code_major=code_major,
        operation=operation,
        message_ref=message_ref,
        severity="error",
        description=description,
    )
    return Reply(xml, status)
