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
