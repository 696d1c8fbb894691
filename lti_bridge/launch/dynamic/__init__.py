"""LTI dynamic registration: an LMS registers us, and we it, from one link that its administrator was given.

Takes an invitation and the address of the LMS's configuration, gives a registration that waits for approval. Nothing is
asked of any LMS before a person has pressed the button. Must not know: launches, providers, gradebooks.
"""
