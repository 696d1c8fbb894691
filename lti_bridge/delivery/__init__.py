"""Us → gradebook. Takes the id of a cell, makes the LMS hold what the cell wants, and writes down every try.

=========== ================================================================
file        what
=========== ================================================================
tasks       wake-up calls and the sweep
converge    the algorithm: claim, read back where in doubt, send, settle
lease       one worker a cell
settle      how work at a cell ends
judge       whose value a gradebook holds (pure)
retry       when to try again (pure)
breaker     a silent platform
quirks      how each LMS family answers
reasons     why a cell needs action, in words
gradebooks  which of the next two speaks to a cell's LMS
lti11       Basic Outcomes
lti13       Assignment and Grade Services (AGS)
messages    what is told by AGS
comments    what is told of a provider's words about a result
submissions what Canvas counts as handed in
answers     what means the same for both
=========== ================================================================

Must not know: providers, the relay, launches.
"""
