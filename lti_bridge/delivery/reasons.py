"""Why a cell waits or needs action: codes for machines, sentences and advice for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: reason code → (what happened, what to do)
REASONS: dict[str, tuple[Promise, Promise]] = {
    "no_answer": (
        _("The LMS does not answer."),
        _("Nothing: it is tried again by itself."),
    ),
    "no_clear_answer": (
        _("The LMS was asked, and no clear answer came."),
        _("Nothing: the gradebook is read before it is tried again."),
    ),
    "server_error": (_("The LMS reports an error of its own."), _("Nothing: it is tried again by itself.")),
    "busy": (_("The LMS asks us to slow down."), _("Nothing: it is tried again by itself.")),
    "not_an_answer": (
        _("The LMS answered with something else than a gradebook answer, such as a log-in page."),
        _("Check that the gradebook address of the LMS is reachable without a log-in."),
    ),
    "redirected": (
        _("The gradebook address of the LMS points elsewhere."),
        _("Set the LMS's own address (https, final host) in the LMS; signed requests cannot follow."),
    ),
    "signature_refused": (
        _("The LMS does not accept our signature."),
        _("Compare the shared secret on both sides, and the clocks."),
    ),
    "address_refused": (
        _("The LMS no longer knows where this grade goes."),
        _("Let the learner open the link once more; the new address is used at once."),
    ),
    "address_forbidden": (
        _("The gradebook address is private or not https, and must not be called."),
        _("If it is right, allow it in ALLOWED_PRIVATE_HOSTS."),
    ),
    "not_enrolled": (
        _("The LMS does not know this learner in the course any more."),
        _("Enrol the learner again, or leave it. It is tried once a day."),
    ),
    "course_is_over": (
        _("The course has ended and takes no more grades."),
        _("Reopen the course, or enter the grade by hand. It is tried once a day."),
    ),
    "grades_not_accepted": (
        _("The link in the LMS takes no grades."),
        _("Switch grading on for the link in the LMS (points, “accept grades from the tool”). It is tried once a day."),
    ),
    "grade_is_locked": (
        _("The grade is locked in the gradebook."),
        _("Unlock it in the LMS, or leave it. It is tried once a day."),
    ),
    "cannot_clear": (
        _("The LMS cannot take a grade back."),
        _("Remove the grade in the gradebook by hand."),
    ),
    "refused": (_("The LMS refuses the grade."), _("Read what it says, mend it there, and deliver again.")),
    "gave_up": (
        _("The LMS has not taken the grade for seven days."),
        _("Find out what is wrong with the LMS, then deliver again."),
    ),
    "workers_died": (
        _("Workers died again and again while they delivered this grade."),
        _("Look into the log of the workers, then deliver again."),
    ),
    "found_another": (
        _("The gradebook holds another value than ours; somebody changed it there."),
        _("Leave it, or deliver again to replace it."),
    ),
    "our_fault": (
        _("The bridge itself failed over this grade."),
        _("Look into the log of the workers; it is tried again by itself."),
    ),
    "token_unavailable": (
        _("The LMS gives us no access token at the moment."),
        _("Nothing: it is tried again by itself."),
    ),
    "token_refused": (
        _("The LMS refuses to give us an access token."),
        _(
            "Compare client id, token endpoint and token audience of the registration with the LMS, see that the LMS "
            "reads our key set, and compare the clocks. It is tried once a day."
        ),
    ),
    "not_permitted": (
        _("The LMS does not permit this tool to enter grades."),
        _(
            "Switch the grade services of the tool on in the LMS (scores, results, line items), then open the link "
            "once more. It is tried once a day."
        ),
    ),
    "waits": (
        _("Another delivery asks the LMS for something that this one needs too."),
        _("Nothing: it goes on by itself."),
    ),
    "no_column": (
        _("The LMS gives no grade column for this link, and lets us make none."),
        _(
            "Give the link a grade in the LMS (points), or let the tool make columns, then open the link once more. "
            "It is tried once a day."
        ),
    ),
    "column_deleted": (
        _("The column of this link is not in the gradebook any more, or the course is over."),
        _("Deliver again: the column is looked for, and made if it is missing. Or leave it."),
    ),
    "column_refused": (
        _("The LMS refuses to show or make the grade column of this link."),
        _("Read what it says and mend it there. It is tried once a day."),
    ),
    "not_gradable": (
        _("The LMS does not grade this person."),
        _("Leave it if this is a teacher. Else give them a role that is graded. It is tried once a day."),
    ),
    "attempts_used_up": (
        _("The learner has no attempt left in the LMS."),
        _("Allow another attempt in the LMS, or enter the grade by hand. It is tried once a day."),
    ),
    "time_refused": (
        _("The LMS holds a score of a later time, and takes ours no more."),
        _("Compare the clocks of both sides, then deliver again."),
    ),
    "zero_not_taken": (
        _("This LMS replaces no grade by zero."),
        _("Enter the zero in the gradebook by hand."),
    ),
    "host_not_approved": (
        _("The gradebook address is at a host that nobody approved for this registration."),
        _("If it is right, add the host to the registration’s gradebook hosts. It is tried once a day."),
    ),
    "registration_off": (
        _("The registration of the LMS is switched off."),
        _("Switch it on again; the grade leaves then."),
    ),
}


def sentence(code: str) -> str:
    """What happened, in one sentence of the current language."""
    return str(REASONS[code][0]) if code in REASONS else code


def advice(code: str) -> str:
    """What to do about it, in the current language."""
    return str(REASONS[code][1]) if code in REASONS else ""
