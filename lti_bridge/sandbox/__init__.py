"""A pretend LMS and pretend providers with fault switches, for demonstrations and rehearsals. Off in production.

They are strangers to the bridge: own hosts, own cookies, own rows, own keys, and they reach it by HTTP alone.
"""
