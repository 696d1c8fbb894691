"""What the pretend providers have in common as LTI 1.3 tools of the bridge: log-ins, launches, and scores."""
