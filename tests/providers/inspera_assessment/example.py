"""The example output of the submissions document, as the document prints it, without its dots at the end."""

QUESTION_1 = {
    "ext_inspera_questionId": 123789,
    "ext_inspera_questionNumber": "1",
    "ext_inspera_durationSeconds": 30,
    "ext_inspera_autoScore": 10.0,
    "ext_inspera_maxQuestionScore": 50.0,
    "ext_inspera_manualScores": [
        {
            "ext_inspera_gradingTeacherId": 1209423,
            "ext_inspera_gradingTeacherName": "Firstname Lastname",
            "ext_inspera_manualScore": 12.0,
        }
    ],
    "ext_inspera_candidateResponses": [
        {
            "ext_inspera_interactionId": "simpleChoice_123456789",
            "ext_inspera_response": "Option A",
            "ext_inspera_interactionAlternative": 1.1,
        }
    ],
}
QUESTION_2 = {
    "ext_inspera_questionId": 123792,
    "ext_inspera_questionNumber": "2",
    "ext_inspera_duration": 20,
    "ext_inspera_autoScore": 49.0,
    "ext_inspera_maxQuestionScore": 50.0,
    "ext_inspera_candidateResponses": [
        {
            "ext_inspera_interactionId": "simpleChoice_1234544567",
            "ext_inspera_response": "Option C",
            "ext_inspera_interactionAlternative": 1.3,
        },
        {
            "ext_inspera_interactionId": "simpleChoice_1234544569",
            "ext_inspera_response": "Option D",
            "ext_inspera_interactionAlternative": 1.4,
        },
    ],
}
QUESTION_3 = {
    "ext_inspera_questionId": 123795,
    "ext_inspera_questionNumber": "3",
    "ext_inspera_duration": 820,
    "ext_inspera_autoScore": 0.0,
    "ext_inspera_maxQuestionScore": 20.0,
    "ext_inspera_manualScores": [
        {
            "ext_inspera_gradingTeacherId": 1209423,
            "ext_inspera_gradingTeacherName": "Firstname Lastname",
            "ext_inspera_manualScore": 20.0,
        }
    ],
    "ext_inspera_candidateResponses": [
        {
            "ext_inspera_interactionId": "response",
            "ext_inspera_response": "<complete html of the essay question>",
            "ext_inspera_interactionAlternative": 1.1,
        }
    ],
}
RESULT = {
    "sourcedId": 7890123,
    "status": "NYI",
    "dateLastModified": "2017-03-31T12:35:50Z",
    "ext_inspera_candidateId": "00001",
    "ext_inspera_attendance": True,
    "ext_inspera_startTime": "2017-03-31T08:30:08Z",
    "ext_inspera_endTime": "2017-03-31T09:44:15Z",
    "ext_inspera_extraTime": 10,
    "ext_inspera_incidentTime": 0,
    "lineItem": {"href": "NYI", "sourcedId": 565656, "type": "lineitem"},
    "student": {"href": "NYI", "sourcedId": 456789, "type": "user"},
    "score": 79.0,
    "resultstatus": "NYI",
    "date": "2017-03-31T12:35:50Z",
    "comment": {
        "ext_inspera_comment": "Teacher comments on the test.",
        "ext_inspera_evaluatorId": 1209423,
        "ext_inspera_evaluatorName": "Firstname Lastname",
    },
    "ext_inspera_finalGrade": "C",
    "ext_inspera_finalGradeDate": "2017-03-31T12:35:50Z",
    "ext_inspera_autoScore": 79.0,
    "ext_inspera_totalScore": 81.0,
    "ext_inspera_questions": [QUESTION_1, QUESTION_2, QUESTION_3],
}
EXAMPLE = {
    "lineItemSourcedId": 123456,
    "ext_inspera_assessmentRunTitle": "Sample test",
    "ext_inspera_maxTotalScore": 120.0,
    "ext_inspera_candidates": [{"result": RESULT}],
}
