"""Exports of the pretend Inspera: ordered, ready after a while, and made of the sittings as they stand then."""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lti_bridge.sandbox.addresses import provider_url
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.inspera.questions import QUESTIONS
from lti_bridge.sandbox.models import InsperaRecord, InsperaSitting

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def ordered(kind: str, about: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """Order one: the number of the job, and where its state is."""
    key = secrets.token_hex(16)
    ready_at = timezone.now() + timedelta(seconds=faults["inspera_export_slow"])
    data = {"of": kind, "ready_at": ready_at.isoformat(), **about}
    InsperaRecord.objects.create(kind="export", key=key, data=data)
    return {"jobId": key, "callbackUrl": provider_url("sandbox-inspera-api", f"fileExport/status/{key}")}


def standing(key: str) -> dict[str, Any]:
    """How far a job is."""
    export = InsperaRecord.objects.filter(kind="export", key=key).first()
    if export is None:
        return {"status": "failed", "message": "There is no such job."}
    if export.data["ready_at"] > timezone.now().isoformat():
        return {"status": "running", "progress": 50}
    url = provider_url("sandbox-inspera-storage", key)
    return {"status": "success", "progress": 100, "exportInfo": {"signedResponseUrl": url}}


def content_of(export: InsperaRecord) -> tuple[bytes, str]:
    """What is in it, and what kind of file it is."""
    kind = export.data["of"]
    if kind == "pdf":
        return b"%PDF-1.4\n% a sample\n%%EOF\n", "application/pdf"
    if kind == "users":
        rows = [{"userId": row.pk, **row.data} for row in InsperaRecord.objects.filter(kind="user")]
        return json.dumps(rows).encode(), "application/json"
    if kind == "explanations":
        rows = [row.data for row in InsperaRecord.objects.filter(kind="explanation")]
        return json.dumps(rows).encode(), "application/json"
    return json.dumps(_submissions(export.data["test"], export.data.get("user"))).encode(), "application/json"


def _submissions(test_id: str, user_id: str | None) -> dict[str, Any]:
    """The submissions document, of all candidates or of one."""
    test = InsperaRecord.objects.filter(kind="test", pk=int(test_id)).first() if test_id.isdigit() else None
    sittings = {each.external_id: each for each in InsperaSitting.objects.filter(test_id=test_id)}
    users = {row.key: row for row in InsperaRecord.objects.filter(kind="user")}
    assigned = InsperaRecord.objects.filter(kind="candidate", data__test=int(test_id) if test_id.isdigit() else 0)
    candidates = [
        _candidate(row, users.get(row.data["externalId"]), sittings.get(row.data["externalId"])) for row in assigned
    ]
    if user_id:
        candidates = [each for each in candidates if each["result"]["student"]["sourcedId"] == int(user_id)]
    return {
        "lineItemSourcedId": int(test_id or 0),
        "ext_inspera_assessmentRunTitle": test.data.get("title", "") if test else "",
        "ext_inspera_maxTotalScore": float(len(QUESTIONS)),
        "ext_inspera_candidates": candidates,
    }


def _candidate(row: InsperaRecord, user: InsperaRecord | None, sitting: InsperaSitting | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "sourcedId": row.pk,
        "status": "NYI",
        "student": {"href": "NYI", "sourcedId": user.pk if user else 0, "type": "user"},
        "ext_inspera_candidateExternalIds": [
            {"ext_inspera_authType": "LTI", "ext_inspera_externalId": row.data["externalId"]}
        ],
        "ext_inspera_extraTimeMins": row.data.get("extraTimeMins", 0),
        "ext_inspera_attendance": sitting is not None,
    }
    if sitting and sitting.marks is not None and sitting.submitted_at:
        result |= {
            "ext_inspera_endTime": f"{sitting.submitted_at:{_FORM}}",
            "ext_inspera_autoScore": float(sitting.marks),
            "ext_inspera_totalScore": float(sitting.marks),
            "ext_inspera_finalGrade": "ABCDEF"[len(QUESTIONS) - sitting.marks],
            "ext_inspera_finalGradeDate": f"{sitting.submitted_at:{_FORM}}",
            "comment": {"ext_inspera_comment": "Marked by the sandbox."},
            "ext_inspera_questions": [
                {"ext_inspera_questionNumber": str(number), "ext_inspera_maxQuestionScore": 1.0}
                for number in range(1, len(QUESTIONS) + 1)
            ],
        }
    return {"result": result}
