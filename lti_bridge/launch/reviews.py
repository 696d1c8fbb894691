"""LTI 1.3 submission review: from a column of the LMS's gradebook to one person's work (Submission Review 1.0 §3)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import LaunchRejected
from lti_bridge.models import LaunchRecord, Learner, LineItem, ResourceLink

MESSAGE = "LtiSubmissionReviewRequest"
_ROWS = ("context__platform", "activity__account")


@dataclass(frozen=True, slots=True)
class Review:
    """Whose work at which link is looked at. ``learner`` is None for somebody who was never here."""

    link: ResourceLink
    learner: Learner | None
    is_own: bool


def review_of(record: LaunchRecord) -> Review:
    """What a launch wants to look at. Raises ``LaunchRejected``: it asks for something else, for somebody else's work
    without teaching there, or names a column that is not its own.
    """
    about = str(record.details.get("about", ""))
    if record.message_type != MESSAGE or not about:
        raise LaunchRejected("nothing_to_review", _("This launch does not ask to look at anybody’s work."))
    learner = person_of(record, about)
    own = learner is not None and learner == record.learner
    if not own and not record.is_instructor:
        raise LaunchRejected(
            "not_your_submission",
            _("This is the work of somebody else."),
            _("Those who teach the course can look at it."),
        )
    link = _link(record, str(record.details.get("line_item", "")))
    return Review(link, learner, own)


def person_of(record: LaunchRecord, user_id: str) -> Learner | None:
    """The person whom the LMS calls that, on the platform of a launch; a former id counts where nobody has it now."""
    people = Learner.objects.select_related("platform").filter(platform=record.platform)
    now = people.filter(user_id=user_id).first()
    return now or people.filter(lti11_id=user_id).order_by("pk").first()


def _link(record: LaunchRecord, column_url: str) -> ResourceLink:
    """The link that a column belongs to. What the column says counts before what the launch says.

    Canvas names another resource link when it launches from its SpeedGrader (instructure/canvas-lms 1952).
    """
    columns = (
        LineItem.objects.filter(registration=record.lti13, url=column_url) if column_url else LineItem.objects.none()
    )
    rows = list(columns.select_related(*(f"resource_link__{name}" for name in _ROWS)))
    ours = [row.resource_link for row in rows if _is_of(row, record)]
    if ours:
        return next((link for link in ours if link.pk == record.resource_link_id), ours[0])
    if rows or record.resource_link is None or _has_another_column(record.resource_link):
        raise LaunchRejected(
            "no_such_column",
            _("There is nothing here for this column of the gradebook."),
            _("Open the link from the course."),
            status=404,
        )
    return record.resource_link


def _is_of(column: LineItem, record: LaunchRecord) -> bool:
    same_platform = column.resource_link.context.platform_id == record.platform_id
    return same_platform and column.deployment_id in (None, record.deployment_id)


def _has_another_column(link: ResourceLink) -> bool:
    """Whether the column of a link is known; then it is not the one that was named, or not named by its own LMS."""
    return LineItem.objects.filter(resource_link=link).exclude(url="").exists()
