"""The pretend LMS's LTI Advantage services: line items, scores, results, and the course's members."""
