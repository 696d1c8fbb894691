"""The configuration file: a TOML file in, rows of platforms, accounts and activities out, and the way back.

Takes a path, gives a plan that is either carried out whole or not at all. Must not know: launches, delivery, the names
of providers (it asks ``providers.PROVIDERS``). All mistakes come at once, as lines of one ``ConfigurationError``; no
line ever holds the value of a secret.
"""
