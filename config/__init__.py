"""Settings, addresses and processes of the project."""
