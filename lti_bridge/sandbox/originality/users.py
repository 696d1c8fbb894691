"""Users, courses and the institution of the pretend Originality (section 7 of the document)."""

import re
from collections.abc import Mapping
from typing import Any

from lti_bridge.sandbox.models import OriginalityRecord
from lti_bridge.sandbox.originality.submissions import Refused
from lti_bridge.sandbox.originality.webhooks import INSTITUTION_ID

USER = "user"
ROLES = ("Educator", "Student")
COURSES = (
    {"id": 11, "title": "History", "code": "HIS-1", "year": 1, "level": "Bachelor"},
    {"id": 12, "title": "Geography", "code": "GEO-1", "year": 2, "level": "Bachelor"},
    {"id": 13, "title": "Philosophy", "code": "PHI-2", "year": 2, "level": "Master"},
)
INSTITUTION = {
    "id": INSTITUTION_ID,
    "name": "Greendale",
    "faculties": [{"id": 1, "name": "Humanities", "departments": [{"id": 3, "name": "History"}]}],
}
_PAGE = 10


def create(told: Mapping[str, Any]) -> dict[str, Any]:
    """``POST /user``"""
    _check_names(told)
    email = str(told.get("email", ""))
    _check_email(email)
    if told.get("role") not in ROLES:
        raise Refused(409, "Validation error: Invalid role")
    data = {name: told.get(name) for name in ("firstName", "lastName", "email", "role")}
    data |= {"courses": told.get("courses", []), "status": "active"}
    return _told(OriginalityRecord.objects.create(kind=USER, key=email.lower(), data=data))


def find(query: Mapping[str, str]) -> dict[str, Any]:
    """``GET /user-info``, by e-mail address or in pages."""
    rows = OriginalityRecord.objects.filter(kind=USER)
    if "email" in query:
        row = rows.filter(key=query["email"].lower()).first()
        if row is None:
            raise Refused(404, "User not found")
        return _told(row) | {"roleId": ROLES.index(row.data["role"]) + 1, "role": row.data["role"]}
    return _paged([_told(row) for row in rows], "users", query)


def update(user_id: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """``PUT /user-info``: of an educator with subjects, of a student with status and address."""
    row = _row(user_id)
    _check_names(told)
    changed = {
        name: told[name] for name in ("firstName", "lastName", "userSubjects", "status", "email") if name in told
    }
    if (email := str(told.get("email", row.key)).lower()) != row.key:
        if OriginalityRecord.objects.filter(kind=USER, key=email).exists():
            raise Refused(500, "Server error, email already registered")
        row.key = email
    row.data |= changed
    row.save()
    names = {"fristName" if "status" in told else "firstName": told["firstName"]}
    return {"message": "User updates successfully"} | names | {k: v for k, v in changed.items() if k != "firstName"}


def delete(user_id: str) -> dict[str, Any]:
    """``DELETE /user-info``"""
    _row(user_id).delete()
    return {"message": "User deleted successfully"}


def courses(query: Mapping[str, str]) -> dict[str, Any]:
    """``GET /courses-info``, by code or in pages."""
    if "courseCode" not in query:
        return _paged([dict(each) for each in COURSES], "courses", query)
    found = next((each for each in COURSES if each["code"] == query["courseCode"]), None)
    if found is None:
        raise Refused(404, "Course not found")
    return {"message": "Course details successfully retrieved", **found, "status": "active", "isDeleted": False}


def _told(row: OriginalityRecord) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": f"{row.data['firstName']} {row.data['lastName']}",
        "email": row.key,
        "status": row.data.get("status"),
        "createdAt": row.created_at.isoformat(),
        "updatedAt": row.updated_at.isoformat(),
        "institutionId": INSTITUTION_ID,
        "departmentId": 3,
        "facultyId": 1,
        "lastLogin": "n/a",
        "isDeleted": False,
    }


def _paged(rows: list[dict[str, Any]], name: str, query: Mapping[str, str]) -> dict[str, Any]:
    page, limit = int(query.get("page", 1)), int(query.get("limit", _PAGE))
    pages = max(1, -(-len(rows) // limit))
    shown = rows[(page - 1) * limit : page * limit]
    return {"total": len(rows), "page": page, "limit": limit, "pages": pages, name: shown}


def _row(user_id: str) -> OriginalityRecord:
    row = OriginalityRecord.objects.filter(kind=USER, pk=int(user_id) if user_id.isdecimal() else 0).first()
    if row is None:
        raise Refused(404, "User not found")
    return row


def _check_names(told: Mapping[str, Any]) -> None:
    for name in ("firstName", "lastName"):
        if not (isinstance(told.get(name), str) and len(told[name]) >= 3 and told[name].isalpha()):
            raise Refused(402, f"Validation error: {name} must consist of only letters, at least three")


def _check_email(email: str) -> None:
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", email):
        raise Refused(409, "Validation error: Invalid email format")
    if OriginalityRecord.objects.filter(kind=USER, key=email.lower()).exists():
        raise Refused(409, "Validation error: email already exists")
