"""Inspera Assessment: its API, its webhooks, its results, and how a learner gets into its tests."""
