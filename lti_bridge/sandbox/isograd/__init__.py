"""A pretend Isograd: an LTI 1.1 tool at ``public/lti.php`` after Isograd's document, and tests of five questions."""
