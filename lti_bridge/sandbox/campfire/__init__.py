"""The pretend Campfire: its API, its player by LTI 1.1, and the scores it passes back."""
