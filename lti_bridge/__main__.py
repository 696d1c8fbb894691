"""``python -m lti_bridge``: the same as the console script ``lti-bridge``."""

from lti_bridge.commandline import main

if __name__ == "__main__":
    main()
