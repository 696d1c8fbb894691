"""Steps for accounts and activities, each checked by its provider."""

from lti_bridge.configuration.entries import AccountEntry, ActivityEntry, Entry
from lti_bridge.configuration.rows import Rows
from lti_bridge.configuration.steps import Step, begin
from lti_bridge.configuration.tables import nearest, nearest_of
from lti_bridge.models import Account, Activity, relay_client_id, relay_key_digest
from lti_bridge.providers import PROVIDERS
from lti_bridge.providers.base import Provider

ACCOUNT_FIELDS = ("name", "provider", "settings", "enabled")
ACTIVITY_FIELDS = (
    *("slug", "title", "description", "action", "parameters"),
    *("attempt_rule", "release", "max_attempts", "enabled"),
)


def plan_account(rows: Rows, entry: AccountEntry) -> Step:
    row = rows.accounts.get(entry.name)
    step = begin("account", entry, row, Account())
    name = entry.values.get("provider", "")
    provider = PROVIDERS.get(name)
    if row and name and row.provider != name:
        rows.problem(entry, f"provider is {row.provider} and cannot change; make another account")
    if provider:
        for text in provider.check_account(entry.values.get("settings", {}), entry.secrets.keys()):
            rows.problem(entry, text)
    elif name:
        rows.problem(entry, f'provider "{name}" is not known{nearest(name, PROVIDERS)}')
    rows.fill(step, entry, ACCOUNT_FIELDS, "name")
    step.set_secrets(entry.secrets)
    if isinstance(step.row, Account):
        if row and provider and "settings" in step.fields:
            _check_activities_left_alone(rows, entry, step.row, provider)
        rows.accounts[entry.name] = step.row
    return step


def check_relay_names(rows: Rows, entries: tuple[AccountEntry, ...]) -> None:
    """No two accounts are known to their providers by the same consumer key, or by the same LTI 1.3 client id."""
    named = {entry.name for entry in entries}
    others = [row for name, row in rows.accounts.items() if name not in named]
    by_key = {row.relay_key_digest: row.name for row in others}
    by_client = {row.relay_client_id: row.name for row in others}
    for entry in entries:
        key, client = entry.secrets.get("consumer_key"), relay_client_id(entry.name, entry.values.get("settings", {}))
        owner = by_key.setdefault(relay_key_digest(key), entry.name) if key else entry.name
        if owner != entry.name:
            rows.problem(entry, f'secret consumer_key is already used by account "{owner}"')
        owner = by_client.setdefault(client, entry.name) if client else entry.name
        if owner != entry.name:
            taken = f'client id "{client}" is already that of account "{owner}"'
            rows.problem(entry, f"{taken}: give one of the two another client_id")


def plan_activity(rows: Rows, entry: ActivityEntry) -> Step:
    row = rows.activities.get(entry.name)
    step = begin("activity", entry, row, Activity())
    step.file_keys["max_attempts"] = entry.max_attempts_key
    rows.fill(step, entry, ACTIVITY_FIELDS, "slug")
    account = rows.accounts.get(entry.account)
    if account:
        _check_action(rows, entry, account)
        if row is None or row.account.name != account.name:
            step.changed("account", account, "account")
    elif entry.account:
        rows.problem(entry, f'account "{entry.account}" is not known{nearest(entry.account, rows.accounts)}')
    _set_platforms(rows, step, entry, row)
    return step


def _check_activities_left_alone(rows: Rows, entry: Entry, account: Account, provider: Provider) -> None:
    """New settings must not break what the file does not name."""
    for slug, activity in sorted(rows.activities.items()):
        if activity.account_id == account.pk and slug not in rows.named_activities:
            for text in provider.check_activity(account, activity.action, activity.parameters):
                rows.problem(entry, f'would break activity "{slug}", which is not in the file: {text}')


def _check_action(rows: Rows, entry: ActivityEntry, account: Account) -> None:
    provider, action = PROVIDERS.get(account.provider), entry.values.get("action", "")
    if provider is None or not action:
        return
    if action not in provider.actions:
        rows.problem(entry, f'action "{action}" is not known{nearest(action, provider.actions)}')
        meant = nearest_of(action, provider.actions)
        if meant is None:
            return
        # Its parameters are most likely what the rest of the entry was written for.
        action = meant
    for text in provider.check_activity(account, action, entry.values.get("parameters", {})):
        rows.problem(entry, text)


def _set_platforms(rows: Rows, step: Step, entry: ActivityEntry, row: Activity | None) -> None:
    for name in entry.platforms:
        if name not in rows.platforms:
            rows.problem(entry, f'platform "{name}" is not known{nearest(name, rows.platforms)}')
    now = {each.name for each in row.platforms.all()} if row else set()
    if now != set(entry.platforms):
        step.platforms = [rows.platforms[name] for name in entry.platforms if name in rows.platforms]
        step.details.append("platforms")
