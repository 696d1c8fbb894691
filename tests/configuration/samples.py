"""A whole configuration, with one of everything."""

WHOLE = """
[[platforms]]
name = "campus-moodle"
family = "moodle"
parallel_sends = 4
[[platforms.lti11]]
consumer_key = "moodle"
shared_secret = "a-sample-secret"

[[platforms]]
name = "side-canvas"
family = "canvas"

[[accounts]]
name = "pretend-test"
provider = "pretend"
[accounts.settings]
mode = "easy"
[accounts.secrets]
consumer_key = "relay-key"
shared_secret = "another-sample-secret"

[[activities]]
slug = "excel-basic"
title = "Excel, basic"
account = "pretend-test"
action = "take_test"
platforms = ["campus-moodle"]
max_attempts = 2
[activities.parameters]
test = 482
[activities.grading]
attempts = "best"
release = "manual"
"""

#: A platform by LTI 1.3, as Moodle has it.
BY_LTI13 = """
[[platforms]]
name = "campus-moodle"
family = "moodle"
sends_progress = true
[[platforms.lti13]]
issuer = "https://moodle.example.edu"
client_id = "dy6R1Tc6tOHMpae"
deployment_ids = ["2", "3"]
authorization_endpoint = "https://moodle.example.edu/mod/lti/auth.php"
token_endpoint = "https://moodle.example.edu/mod/lti/token.php"
jwks_uri = "https://moodle.example.edu/mod/lti/certs.php"
"""
