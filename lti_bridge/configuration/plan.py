"""A configuration and the database → the steps that make the database match, or all that is in the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from lti_bridge.configuration.entries import (
    AccountEntry,
    ActivityEntry,
    Configuration,
    Entry,
    RegistrationEntry,
)
from lti_bridge.configuration.steps import Row, Step, begin, stored_secrets
from lti_bridge.configuration.tables import nearest, nearest_of
from lti_bridge.errors import ConfigurationError
from lti_bridge.models import Account, Activity, Lti11Registration, Platform, relay_client_id, relay_key_digest
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.base import Provider

PLATFORM_FIELDS = ("name", "family", "parallel_sends", "delivery_paused")
REGISTRATION_FIELDS = ("consumer_key", "signature_method", "service_hosts", "enabled")
ACCOUNT_FIELDS = ("name", "provider", "settings", "enabled")
ACTIVITY_FIELDS = (
    *("slug", "title", "description", "action", "parameters"),
    *("attempt_rule", "release", "max_attempts", "enabled"),
)


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
        planner = _Planner(list(problems))
        plan = planner.plan(configuration)
        if planner.problems:
            raise ConfigurationError("\n".join(planner.problems))
        if not dry_run:
            _carry_out(plan)
    return plan


def _carry_out(plan: Plan) -> None:
    # Two accounts may have changed keys or client ids with each other, and each is unique at every moment.
    for name, column in (("secrets", "relay_key_digest"), ("settings", "relay_client_id")):
        changed = [step.row.pk for step in plan.changes if isinstance(step.row, Account) and name in step.fields]
        Account.objects.filter(pk__in=changed).update(**{column: None})
    for step in plan.changes:
        step.save()


class _Planner:
    """Makes the steps and collects what is in the way. Knows the rows that are there, by name."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.named_activities: set[str] = set()
        # Secrets come one by one: a row whose secrets cannot be opened must not hide the others.
        registrations = Lti11Registration.objects.select_related("platform").defer("secrets")
        activities = Activity.objects.select_related("account").defer("account__secrets")
        self.platforms = {row.name: row for row in Platform.objects.all()}
        self.registrations = {row.consumer_key: row for row in registrations}
        self.accounts = {row.name: row for row in Account.objects.defer("secrets")}
        self.activities = {row.slug: row for row in activities.prefetch_related("platforms")}

    def plan(self, configuration: Configuration) -> Plan:
        left_alone = [
            *_others("platform", self.platforms, configuration.platforms),
            *_others("lti11", self.registrations, configuration.registrations),
            *_others("account", self.accounts, configuration.accounts),
            *_others("activity", self.activities, configuration.activities),
        ]
        self.named_activities = {entry.name for entry in configuration.activities}
        self._check_relay_keys(configuration.accounts)
        self._check_relay_clients(configuration.accounts)
        steps = [self._platform(entry) for entry in configuration.platforms]
        steps += [self._registration(entry) for entry in configuration.registrations]
        steps += [self._account(entry) for entry in configuration.accounts]
        steps += [self._activity(entry) for entry in configuration.activities]
        return Plan(steps, left_alone)

    def _problem(self, entry: Entry, text: str) -> None:
        self.problems.append(f"{entry.where}: {text}")

    def _set(self, step: Step, entry: Entry, fields: tuple[str, ...], key: str) -> None:
        """Give the step its values; what is missing altogether was complained about when it was read."""
        step.set({**entry.values, key: entry.name}, fields)
        checked = tuple(name for name in fields if name in entry.values or (name == key and entry.name))
        for mistake in step.mistakes(checked):
            self._problem(entry, mistake)

    def _platform(self, entry: Entry) -> Step:
        step = begin("platform", entry, self.platforms.get(entry.name), Platform())
        self._set(step, entry, PLATFORM_FIELDS, "name")
        if entry.values.get("parallel_sends") == 0:
            self._problem(entry, "parallel_sends must be at least 1 (to stop sending, use delivery_paused)")
        if isinstance(step.row, Platform):
            self.platforms[entry.name] = step.row
        return step

    def _registration(self, entry: RegistrationEntry) -> Step:
        platform = self.platforms[entry.platform]
        row = self.registrations.get(entry.name)
        step = begin("lti11", entry, row, Lti11Registration(platform=platform))
        if row and row.platform.name != entry.platform:
            self._problem(entry, f'consumer_key belongs to platform "{row.platform.name}" and cannot move')
        self._set(step, entry, REGISTRATION_FIELDS, "consumer_key")
        step.set_secrets(_rotated(stored_secrets(step.row), entry))
        return step

    def _account(self, entry: AccountEntry) -> Step:
        row = self.accounts.get(entry.name)
        step = begin("account", entry, row, Account())
        name = entry.values.get("provider", "")
        provider = PROVIDERS.get(name)
        if row and name and row.provider != name:
            self._problem(entry, f"provider is {row.provider} and cannot change; make another account")
        if provider:
            for text in provider.check_account(entry.values.get("settings", {}), entry.secrets.keys()):
                self._problem(entry, text)
        elif name:
            self._problem(entry, f'provider "{name}" is not known{nearest(name, PROVIDERS)}')
        self._set(step, entry, ACCOUNT_FIELDS, "name")
        step.set_secrets(entry.secrets)
        if isinstance(step.row, Account):
            if row and provider and "settings" in step.fields:
                self._check_activities_left_alone(entry, step.row, provider)
            self.accounts[entry.name] = step.row
        return step

    def _check_activities_left_alone(self, entry: Entry, account: Account, provider: Provider) -> None:
        """New settings must not break what the file does not name."""
        for slug, activity in sorted(self.activities.items()):
            if activity.account_id == account.pk and slug not in self.named_activities:
                for text in provider.check_activity(account, activity.action, activity.parameters):
                    self._problem(entry, f'would break activity "{slug}", which is not in the file: {text}')

    def _activity(self, entry: ActivityEntry) -> Step:
        row = self.activities.get(entry.name)
        step = begin("activity", entry, row, Activity())
        step.file_keys["max_attempts"] = entry.max_attempts_key
        self._set(step, entry, ACTIVITY_FIELDS, "slug")
        account = self.accounts.get(entry.account)
        if account:
            self._check_action(entry, account)
            if row is None or row.account.name != account.name:
                step.changed("account", account, "account")
        elif entry.account:
            self._problem(entry, f'account "{entry.account}" is not known{nearest(entry.account, self.accounts)}')
        self._set_platforms(step, entry, row)
        return step

    def _check_action(self, entry: ActivityEntry, account: Account) -> None:
        provider, action = PROVIDERS.get(account.provider), entry.values.get("action", "")
        if provider is None or not action:
            return
        if action not in provider.actions:
            self._problem(entry, f'action "{action}" is not known{nearest(action, provider.actions)}')
            meant = nearest_of(action, provider.actions)
            if meant is None:
                return
            # Its parameters are most likely what the rest of the entry was written for.
            action = meant
        for text in provider.check_activity(account, action, entry.values.get("parameters", {})):
            self._problem(entry, text)

    def _set_platforms(self, step: Step, entry: ActivityEntry, row: Activity | None) -> None:
        for name in entry.platforms:
            if name not in self.platforms:
                self._problem(entry, f'platform "{name}" is not known{nearest(name, self.platforms)}')
        now = {each.name for each in row.platforms.all()} if row else set()
        if now != set(entry.platforms):
            step.platforms = [self.platforms[name] for name in entry.platforms if name in self.platforms]
            step.details.append("platforms")

    def _check_relay_keys(self, entries: tuple[AccountEntry, ...]) -> None:
        named = {entry.name for entry in entries}
        owners = {row.relay_key_digest: name for name, row in self.accounts.items() if name not in named}
        for entry in entries:
            key = entry.secrets.get("consumer_key")
            if not key:
                continue
            owner = owners.setdefault(relay_key_digest(key), entry.name)
            if owner != entry.name:
                self._problem(entry, f'secret consumer_key is already used by account "{owner}"')

    def _check_relay_clients(self, entries: tuple[AccountEntry, ...]) -> None:
        """Providers' LTI 1.3 tools are told apart by the client ids that we give them."""
        named = {entry.name for entry in entries}
        owners = {row.relay_client_id: name for name, row in self.accounts.items() if name not in named}
        for entry in entries:
            client_id = relay_client_id(entry.name, entry.values.get("settings", {}))
            if client_id is None:
                continue
            owner = owners.setdefault(client_id, entry.name)
            if owner != entry.name:
                taken = f'client id "{client_id}" is already that of account "{owner}"'
                self._problem(entry, f"{taken}: give one of the two another client_id")


def _others(noun: str, rows: Mapping[str, Row], entries: Iterable[Entry]) -> list[str]:
    return [f"{noun} {name}" for name in sorted({*rows} - {entry.name for entry in entries})]


def _rotated(stored: Mapping[str, Any], entry: RegistrationEntry) -> dict[str, str]:
    """A registration's secrets: an old shared secret stays live beside a new one unless the file says otherwise."""
    current, previous = stored.get("shared_secret", ""), stored.get("previous_shared_secret", "")
    if entry.previous_secret is not None:
        previous = entry.previous_secret
    elif current and current != entry.shared_secret:
        previous = current
    return {"shared_secret": entry.shared_secret} | ({"previous_shared_secret": previous} if previous else {})
