"""A configuration and the database → the steps that make the database match, or all that is in the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from lti_bridge.configuration.accounts import check_relay_names, plan_account, plan_activity
from lti_bridge.configuration.entries import Configuration, Entry
from lti_bridge.configuration.platforms import plan_platform, plan_registration
from lti_bridge.configuration.registrations13 import left_alone, plan_deployments, plan_registration13
from lti_bridge.configuration.rows import Agreed, Rows
from lti_bridge.configuration.steps import Step
from lti_bridge.errors import ConfigurationError
from lti_bridge.models import Account


@dataclass(slots=True)
class Plan:
    """The steps in the order they are carried out, and what is in the database alone."""

    steps: list[Step] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if step.changes]

    def lines(self) -> list[str]:
        """What people read before and after."""
        unchanged = len(self.steps) - len(self.changes)
        return [
            *(step.line() for step in self.changes),
            *([f"= {unchanged} unchanged"] if unchanged else []),
            *([f". not in the file, left alone: {', '.join(self.left_alone)}"] if self.left_alone else []),
        ]


def apply(configuration: Configuration, problems: Iterable[str] = (), *, dry_run: bool = False) -> Plan:
    """Make the database match, all of it or nothing; ``dry_run``: nothing.

    ``problems``: what was wrong in the file already. Raises ``ConfigurationError`` with all problems, one a line.
    """
    with transaction.atomic():
        rows = Rows(problems, (entry.name for entry in configuration.activities))
        plan = _plan(configuration, rows)
        if rows.problems:
            raise ConfigurationError("\n".join(rows.problems))
        if not dry_run:
            _carry_out(plan)
    return plan


def _plan(configuration: Configuration, rows: Rows) -> Plan:
    told = _left_alone(configuration, rows)
    check_relay_names(rows, configuration.accounts)
    steps = [plan_platform(rows, entry) for entry in configuration.platforms]
    steps += [plan_registration(rows, entry) for entry in configuration.registrations]
    steps += [plan_registration13(rows, entry) for entry in configuration.registrations13]
    for entry in configuration.deployments:
        steps += plan_deployments(rows, entry)
    steps += [plan_account(rows, entry) for entry in configuration.accounts]
    steps += [plan_activity(rows, entry) for entry in configuration.activities]
    return Plan(steps, told)


def _left_alone(configuration: Configuration, rows: Rows) -> list[str]:
    named: dict[Agreed, set[str]] = {entry.agreed: set() for entry in configuration.registrations13}
    for entry in configuration.deployments:
        named.setdefault(entry.agreed, set()).update(entry.deployment_ids)
    return [
        *_others("platform", rows.platforms, configuration.platforms),
        *_others("lti11", rows.lti11, configuration.registrations),
        *left_alone(rows, named),
        *_others("account", rows.accounts, configuration.accounts),
        *_others("activity", rows.activities, configuration.activities),
    ]


def _others(noun: str, rows: Iterable[str], entries: Iterable[Entry]) -> list[str]:
    return [f"{noun} {name}" for name in sorted({*rows} - {entry.name for entry in entries})]


def _carry_out(plan: Plan) -> None:
    # Two accounts may have changed keys with each other, and each key is unique at every moment.
    changed = [step.row.pk for step in plan.changes if isinstance(step.row, Account) and not step.new]
    Account.objects.filter(pk__in=changed).update(relay_key_digest=None, relay_client_id=None)
    for step in plan.changes:
        step.save()
