"""A pretend Inspera: an LTI 1.3 tool at ``ltiprovider/launch``, and a test of five questions that it marks itself."""
