"""The wake-up call for documents: it carries an id, and is never waited for."""

from celery import current_app

from lti_bridge.waking import publish


def wake(document_id: int) -> None:
    """Ask a worker to pass a document on. Never raises and hardly waits: the sweep makes up for a lost call."""
    publish(lambda: current_app.send_task("lti_bridge.documents.tasks.pass_on", (document_id,)))
