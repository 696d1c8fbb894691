"""Isograd (TOSA): tests and certifications, opened by LTI or by its API."""
