"""Understanding a kept event, whatever comes of it: the row says so, and nobody's work stops over one event."""

import structlog
from django.db.models import F

from lti_bridge import flow
from lti_bridge.errors import BridgeError
from lti_bridge.models import EventState, ProviderEvent

log = structlog.get_logger(__name__)


def read(event: ProviderEvent) -> bool:
    """Understand an event. False when it was refused or failed, which its row then says. Raises nothing."""
    row = ProviderEvent.objects.filter(pk=event.pk)
    try:
        flow.understand(event)
    except BridgeError as error:
        row.update(state=EventState.REFUSED, reason=str(error)[:300], reads=F("reads") + 1)
        return False
    except Exception as error:  # the task boundary: one poison event must not stop the others
        row.update(state=EventState.FAILED, reason=type(error).__name__, reads=F("reads") + 1)
        log.exception("event_not_read", event_id=event.pk)
        return False
    return True
