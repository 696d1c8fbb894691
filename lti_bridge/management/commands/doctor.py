"""``lti-bridge doctor``: check everything an operator can do something about; one line each."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from lti_bridge.doctor import agreements, at_providers, machine, peers, queue, reach, stuck
from lti_bridge.doctor.findings import Check, Finding, State, findings_of

#: What can be asked without a row.
FIRST: tuple[Check, ...] = (machine.check_settings, machine.check_database, queue.check_broker)
THEN: tuple[Check, ...] = (
    queue.check_workers,
    machine.check_clock,
    machine.check_keys,
    agreements.check_signing_keys,
    reach.check_platforms,
    peers.check_registrations,
    reach.check_accounts,
    peers.check_tools,
    agreements.check_waiting,
    stuck.check_cells,
    stuck.check_events,
    at_providers.check_apis,
    stuck.check_refused_messages,
    stuck.check_documents,
    stuck.check_troubles,
    stuck.check_deliveries,
)


class Command(BaseCommand):
    help = (
        "Checks settings, database, broker, workers, clocks, keys, every platform and account, what waits and is stuck."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *, json: bool, **_: Any) -> None:
        findings = list(self._told(not json))
        if json:
            self.stdout.write(_as_json(findings))
        if any(finding.state is State.FAIL for finding in findings):
            raise SystemExit(1)

    def _told(self, aloud: bool) -> Iterable[Finding]:
        """The findings, each printed as soon as it is there."""
        styles = {State.OK: self.style.SUCCESS, State.WARN: self.style.WARNING, State.FAIL: self.style.ERROR}
        for finding in _findings():
            if aloud:
                advice = f" → {finding.advice}" if finding.advice else ""
                state = styles[finding.state](f"{finding.state:<4}")
                self.stdout.write(f"{state}  {finding.check}: {finding.text}{advice}")
            yield finding


def _findings() -> Iterable[Finding]:
    yield from findings_of(FIRST)
    if machine.database_answers():
        yield from findings_of(THEN)


def _as_json(findings: list[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False)
