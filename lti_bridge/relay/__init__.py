"""Us → provider by LTI: we are its LTI 1.1 consumer. Takes an opening and a relay launch, gives a signed form.

Must not know: platforms, launches, gradebooks.
"""
