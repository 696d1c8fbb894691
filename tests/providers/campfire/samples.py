"""Answers as the vendor's document has them (exam session API, as of 2026), with invented people."""

from typing import Any

SESSION = "23a0c913-c61d-51fe-9b64-32096b7b84bf"
CONFIG = "00722246-e417-475a-b1ae-994d65fd5cc2"
ITEMS = (
    "b842bb5e-9957-403e-bc54-9a054b290158",
    "cdf02148-7888-4e4b-97ff-0003846baa4d",
    "993d673c-5c8d-43aa-99ea-8e417d1300dc",
)
OBJECTIVES = (
    "92de756d-f455-595c-a2f6-18fb18c4461a",
    "f10e8b11-7da6-568d-a6ea-d87b3bb35c83",
    "e5fac3cc-aa4c-5aaa-b5aa-178bcc60a366",
)
TOKEN = "WyJpZD0yM2EwYzkxMy1jNjFkLTUxZmUtOWI2NC0zMjA5NmI3Yjg0YmZ8c2s9ZXhhbS1zZXNzaW9uIl0="


def score(actual: Any = 1, most: int = 1) -> dict[str, Any]:
    return {"actual": actual, "isScorable": True, "min": 0, "max": most}


#: "Get Exam Session", with results and responses.
GET_SESSION: dict[str, Any] = {
    "examSession": {
        "id": SESSION,
        "studentId": "******",
        "maturity": "COMPLETE",
        "name": "Alice Liddell",
        "scoreActual": 100,
        "scoreMin": 0,
        "scoreMax": 100,
        "examId": "a0829bc3-8291-43dd-9181-478e7411c1df/exam#v0",
        "workspaceId": "focus1f8-district",
        "responses": {item: {} for item in ITEMS},
        "results": {
            "items": [{"id": item, "score": score()} for item in ITEMS],
            "objectives": {each: {"id": each, "score": score(), "scores": [score()]} for each in OBJECTIVES},
            "points": score(3, 3),
        },
    },
    "examConfig": {"id": CONFIG},
}
#: "List Exam Sessions".
LIST: dict[str, Any] = {
    "total": 1,
    "nextToken": None,
    "aggregations": {"minScore": {"value": 100}, "avgScore": {"value": 100}, "maxScore": {"value": 100}},
    "metadata": None,
    "items": [GET_SESSION],
}
#: "Get Exam Session Results".
RESULTS: dict[str, Any] = {
    "examSession": {
        "id": SESSION,
        "maturity": "COMPLETE",
        "name": "Alice Liddell",
        "scoreActual": 100,
        "scoreMin": 0,
        "scoreMax": 100,
        "examId": "a0829bc3-8291-43dd-9181-478e7411c1df",
        "examSessionData": {"lti": {"userId": "alice@example.edu"}},
    },
    "results": {
        "items": [
            {
                "sk": "item#v0",
                "name": "Cole earns $6.00 per week. Which of these can he buy ",
                "score": score(),
                "id": ITEMS[0],
                "alignmentIds": [OBJECTIVES[0]],
                "questions": [
                    {
                        "id": "1CkpwzuRQSfg",
                        "interactionType": "choice",
                        "keys": [{"value": "fZosNqHDUhiG", "index": 2}],
                        "options": [
                            {"id": "wM7IvnjKcCCS", "content": "<p>skateboard</p>", "isKey": False, "index": 0},
                            {"id": "6NiO4mi8zWln", "content": "<p>new jacket</p>", "isKey": False, "index": 1},
                            {"id": "fZosNqHDUhiG", "content": "<p>cupcake</p>", "isKey": True, "index": 2},
                            {"id": "X3RTxQQFe2E3", "content": "<p>bike</p>", "isKey": False, "index": 3},
                        ],
                        "response": {},
                    }
                ],
            }
        ],
        "objectives": {
            OBJECTIVES[0]: {
                "score": score(),
                "id": OBJECTIVES[0],
                "text": "explain that saving is an alternative to spending;",
                "abbreviation": "2.11.B",
                "scores": [score()],
            }
        },
        "points": score(3, 3),
    },
    "examConfig": {"id": CONFIG},
}
#: The body of "Set Responses".
RESPONSES: list[dict[str, Any]] = [
    {"itemId": item, "questions": [{"id": question, "response": {"options": [{"index": index}]}}]}
    for item, question, index in (
        (ITEMS[0], "1CkpwzuRQSfg", 2),
        (ITEMS[1], "5Vkl1ZQLt3Io", 1),
        (ITEMS[2], "oRrwhIkKBBH", 3),
    )
]
