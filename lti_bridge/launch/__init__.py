"""LMS → us. Takes an HTTP request, gives a verified :class:`~lti_bridge.launch.launch.Launch`.

Must not know: providers, the relay, delivery. What follows a launch is ``flow``'s business.
"""
