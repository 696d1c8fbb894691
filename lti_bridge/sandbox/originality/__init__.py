"""The pretend Originality: both generations of its API, storage at addresses of its own, reports and webhooks."""
