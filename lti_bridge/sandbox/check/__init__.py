"""Walks the whole way by itself, as people with browsers do: over HTTP alone, with the real web server and worker."""
