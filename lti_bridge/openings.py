"""What a provider gets to open an activity, from what is known of a launch."""

from django.utils.translation import gettext_lazy as _

from lti_bridge import attempts
from lti_bridge.errors import CannotOpen
from lti_bridge.launch.launch import Launch
from lti_bridge.models import Activity, Attempt, ResourceLink
from lti_bridge.placements import Placement
from lti_bridge.providers import provider_of
from lti_bridge.providers.base import Opening


def keep_custom(launch: Launch, activity: Activity | None) -> dict[str, str]:
    """Of a launch's custom parameters those that the activity takes; kept for the launch's later pages too."""
    names = provider_of(activity.account.provider).custom_names(activity) if activity else ()
    taken = {name: launch.custom[name] for name in names if name in launch.custom}
    if taken:
        launch.record.details["custom"] = taken
        launch.record.save(update_fields=["details"])
    return taken


def opening_of(placement: Placement, activity: Activity, link: ResourceLink, attempt: Attempt | None) -> Opening:
    """The opening of an activity at a link. Custom parameters that the activity does not take any more are left out.

    Raises ``CannotOpen`` for an action that is for those who teach, when somebody else opens it.
    """
    account = activity.account
    provider = provider_of(account.provider)
    teaches = placement.record.is_instructor and not placement.record.details.get("assists")
    if provider.actions[activity.action].for_teachers and not teaches:
        raise CannotOpen(
            "for_teachers_only",
            _("This link is for those who teach the course."),
            _("Nothing is wrong; there is nothing for you to do here."),
            status=403,
        )
    names = provider.custom_names(activity)
    return Opening(
        account=account,
        activity=activity,
        learner=placement.learner,
        resource_link=link,
        attempt=attempt,
        locale=placement.locale,
        return_url=attempts.address("callback-return", attempt, account),
        callback_url=attempts.address("callback-done", attempt, account),
        custom={name: value for name, value in placement.custom.items() if name in names},
        teaches=teaches,
    )
