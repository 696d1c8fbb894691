"""The pretend LMS as an LTI 1.3 platform: launches, tokens, grades, rosters and registration as Moodle does them."""
