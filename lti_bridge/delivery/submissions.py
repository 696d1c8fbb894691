"""Which score an LMS counts as something handed in, where each is unless it says otherwise (Canvas).

A submission uses up one of the learner's attempts there, so each attempt is announced once: that is written down before
the request, and taken back only when the LMS certainly did not act. A claimed cell keeps what it was claimed with, and
the row goes ahead of it.
"""

from lti_bridge.delivery.quirks import quirks_of
from lti_bridge.models import Cell


def are_made(cell: Cell) -> bool:
    """Whether the LMS makes a submission of each score."""
    return cell.line_item_id is not None and quirks_of(cell.platform.family).scores.makes_submissions


def is_new(cell: Cell) -> bool:
    """Whether what a claimed cell wants is of an attempt that was not announced yet, nor a later one."""
    if not are_made(cell) or cell.wanted_score is None or cell.wanted_grade is None:
        return False
    return cell.submission_of_id is None or cell.wanted_grade.attempt_id > cell.submission_of_id


def announce(cell: Cell) -> None:
    """Write down, in the transaction of the try, that its request announces an attempt."""
    if is_new(cell) and cell.wanted_grade:
        Cell.objects.filter(pk=cell.pk).update(submission_of=cell.wanted_grade.attempt_id)


def take_back(cell: Cell) -> None:
    """The request was not acted upon: the next one may announce the attempt."""
    if is_new(cell):
        Cell.objects.filter(pk=cell.pk, lease=cell.lease).update(submission_of=cell.submission_of_id)
