"""What planning stands on: the rows that are there, by name, and the problems found so far."""

from collections.abc import Iterable

from lti_bridge.configuration.entries import Entry
from lti_bridge.configuration.steps import Step
from lti_bridge.models import Account, Activity, Deployment, Lti11Registration, Lti13Registration, Platform

#: Issuer and client id: what an LTI 1.3 registration is known by.
Agreed = tuple[str, str]


class Rows:
    """The rows of the database by what the file calls them. Rows that a step makes join as soon as they are planned.

    ``named_activities``: the slugs that the file names; what it does not name must not be broken by it.
    """

    def __init__(self, problems: Iterable[str], named_activities: Iterable[str] = ()) -> None:
        self.problems = list(problems)
        self.named_activities = set(named_activities)
        # Secrets come one by one: a row whose secrets cannot be opened must not hide the others.
        registrations = Lti11Registration.objects.select_related("platform").defer("secrets")
        agreed = Lti13Registration.objects.select_related("platform")
        activities = Activity.objects.select_related("account").defer("account__secrets")
        self.platforms = {row.name: row for row in Platform.objects.all()}
        self.lti11 = {row.consumer_key: row for row in registrations}
        self.lti13: dict[Agreed, Lti13Registration] = {(row.issuer, row.client_id): row for row in agreed}
        self.deployments = _by_registration()
        #: Issuer, client id and deployment id → where the file lists it.
        self.listed_deployments: dict[tuple[str, str, str], str] = {}
        self.accounts = {row.name: row for row in Account.objects.defer("secrets")}
        self.activities = {row.slug: row for row in activities.prefetch_related("platforms")}

    def problem(self, entry: Entry, text: str) -> None:
        self.problems.append(f"{entry.where}: {text}")

    def fill(self, step: Step, entry: Entry, fields: tuple[str, ...], key: str) -> None:
        """Give the step its values; what is missing altogether was complained about when it was read."""
        step.set({**entry.values, key: entry.name}, fields)
        checked = tuple(name for name in fields if name in entry.values or (name == key and entry.name))
        for mistake in step.mistakes(checked):
            self.problem(entry, mistake)


def _by_registration() -> dict[Agreed, dict[str, Deployment]]:
    found: dict[Agreed, dict[str, Deployment]] = {}
    for row in Deployment.objects.select_related("registration", "platform").order_by("deployment_id"):
        agreed = row.registration.issuer, row.registration.client_id
        found.setdefault(agreed, {})[row.deployment_id] = row
    return found
