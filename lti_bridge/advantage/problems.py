"""The one exception of this package."""


class ServiceProblem(Exception):
    """No usable answer of a platform's service.

    ``status``: what the platform answered, 0 when nobody was asked or nobody answered. ``ambiguous``: the platform may
    have acted on the request all the same. ``again_in``: seconds after which asking makes sense again, where known.
    The message holds no token and no address beyond a host.

    Codes, beside those of ``http.HttpProblem``: registration_off, host_not_approved, not_permitted (a scope is
    missing), token_refused, token_unavailable, waits (another worker is at it, or just was), server_error,
    not_an_answer, and of line items: no_column, column_deleted, column_refused.
    """

    def __init__(
        self, code: str, message: str = "", *, status: int = 0, ambiguous: bool = False, again_in: float | None = None
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.status = status
        self.ambiguous = ambiguous
        self.again_in = again_in
