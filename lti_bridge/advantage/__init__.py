"""LTI Advantage services of a platform. Takes a registration and scopes, gives the platform's answers.

============== =========================================================================
file           what
============== =========================================================================
scopes         the scopes there are
problems       the one exception of this package
token_requests one request to a token endpoint, and what its answer means
tokens         access tokens: kept, shared by all workers, fetched by one at a time
calls          one call to a service, with a token
refusals       answers that mean the same whatever was asked
paging         lists that come in pages
addresses      addresses below a line item, and filters
line_items     the gradebook column of a link: found, or made
scores         Score messages, and the results that a gradebook holds
============== =========================================================================

Must not know: launches, the relay, providers, delivery.
"""
