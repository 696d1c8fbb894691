"""For the machines that look after us: alive, ready, and numbers read from the database."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from lti_bridge import signing_keys
from lti_bridge.models import (
    Breaker,
    Cell,
    CellState,
    Deployment,
    Document,
    DocumentState,
    EventState,
    Heartbeat,
    LaunchRecord,
    Lti13Registration,
    ProviderEvent,
    SigningKey,
)
from lti_bridge.proxy import was_forwarded


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and holds every table this release needs; 503 otherwise, with the reason."""
    why = why_not_ready()
    if why:
        return JsonResponse({"ready": False, "reason": why}, status=503, headers={"Retry-After": "10"})
    return JsonResponse({"ready": True})


def why_not_ready() -> str:
    """``database``, ``migrations``, or empty when we are ready."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "database"
    return "migrations" if pending else ""


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' own format. Only for a neighbour who asks us directly: never through a proxy."""
    if not _is_neighbour(request):
        return HttpResponse("Not found.\n", status=404, content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(_Numbers())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_neighbour(request: HttpRequest) -> bool:
    """A loopback or private peer that is not a proxy speaking for somebody else, be it one we know or not."""
    if was_forwarded(request):
        return False
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return peer.is_loopback or peer.is_private


class _Numbers:
    """What the database says now; counters of a process would forget with it."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield _by_state("cells", "Gradebook cells", Cell.objects.all(), CellState.values)
        yield _by_state("provider_events", "Provider events", ProviderEvent.objects.all(), EventState.values)
        due = Cell.objects.filter(due_at__lte=now).aggregate(count=Count("pk"), oldest=Min("due_at"))
        yield _gauge("cells_due", "Cells that a worker should look at now", due["count"])
        age = (now - due["oldest"]).total_seconds() if due["oldest"] else 0
        yield _gauge("cells_oldest_due_seconds", "How long the cell waits that has been due longest", age)
        yield _by_state("documents", "Documents that learners handed in", Document.objects.all(), DocumentState.values)
        unread = ProviderEvent.objects.filter(state__in=(EventState.RECEIVED, EventState.FAILED))
        yield _gauge("events_unread", "Provider events nobody understood yet", unread.count())
        silent = Breaker.objects.filter(next_probe_at__isnull=False)
        yield _gauge("breakers_open", "Platforms whose gradebook does not answer", silent.count())
        deployments = Deployment.objects.filter(approved=False, refused_at=None)
        yield _gauge("deployments_waiting", "LTI 1.3 deployments that nobody approved yet", deployments.count())
        registrations = Lti13Registration.objects.filter(awaits_approval=True)
        yield _gauge("registrations_waiting", "LTI 1.3 registrations that nobody approved yet", registrations.count())
        yield _signing_keys()
        yield _launches()
        yield _heartbeats()


def _signing_keys() -> Metric:
    family = GaugeMetricFamily(
        "lti_bridge_signing_key_signs_from_timestamp_seconds",
        "Since when the key signs that signs now; two days after 90 another one should",
        labels=["side"],
    )
    for side in SigningKey.Side:
        signs = signing_keys.standing(side).signs
        if signs:
            family.add_metric([side], signs.signs_from.timestamp())
    return family


def _launches() -> Metric:
    family = GaugeMetricFamily(
        "lti_bridge_launches", f"Launches of the last {settings.LAUNCH_RECORD_DAYS} days", labels=["result"]
    )
    counted = dict(LaunchRecord.objects.order_by().values_list("refused").annotate(Count("pk")))
    accepted = counted.pop("", 0)
    family.add_metric(["accepted"], accepted)
    family.add_metric(["refused"], sum(counted.values()))
    return family


def _heartbeats() -> Metric:
    family = GaugeMetricFamily(
        "lti_bridge_heartbeat_timestamp_seconds", "When a periodic task last ran to its end", labels=["task"]
    )
    for heartbeat in Heartbeat.objects.all():
        family.add_metric([heartbeat.name], heartbeat.at.timestamp())
    return family


def _by_state(name: str, text: str, rows: "QuerySet[Any]", states: list[str]) -> Metric:
    counted = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    family = GaugeMetricFamily(f"lti_bridge_{name}", f"{text} by state", labels=["state"])
    for state in states:
        family.add_metric([state], counted.get(state, 0))
    return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"lti_bridge_{name}", text, value=value)
