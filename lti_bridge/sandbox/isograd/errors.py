"""The errors of Isograd's document."""

MESSAGES = {
    103: "The property act_id is not valid",
    105: "Property “{0}” is requested",
    106: "This tst_frm_id is not allowed",
    107: "This candidate does not exist",
    201: "The candidate could not be created (probably because one of the parameters is not valid)",
    202: "There is already a candidate with this email on your account",
    203: "Couldn't find the mentioned dep_id in the account and can't create candidate",
    301: "You have no more credits for this type of test",
    303: "You have no proctoring credit left",
    304: "The test is already started or does not exist",
    402: "The candidate has already taken max_num_tst for this tst_frm_id",
    501: "Candidate has not taken this test",
    502: "Test is not finished",
    601: "Test must be an assessment",
}


class IsogradError(Exception):
    """A refusal. ``code`` is one of ``MESSAGES``; ``more``: what its answer holds beside."""

    def __init__(self, code: int, name: str = "", **more: object) -> None:
        super().__init__(MESSAGES[code].format(name))
        self.code = code
        self.more = more


class NotSigned(Exception):
    """An LTI launch that is not believed. The document has no code for it."""
