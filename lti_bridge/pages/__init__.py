"""Pages: what learners and instructors see inside the LMS, and what everybody sees when something went wrong.

Takes a launch record by its signed pass (``access``), gives HTML. Must not know: LTI versions, one provider.
"""
