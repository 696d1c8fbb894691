"""A pretend LMS: one course of "Greendale University", external tool links, a gradebook, a Basic Outcomes service."""
