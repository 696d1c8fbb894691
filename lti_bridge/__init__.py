"""LTI Bridge: one LTI tool for the LMS, many assessment providers behind it."""

__version__ = "0.1.0"
