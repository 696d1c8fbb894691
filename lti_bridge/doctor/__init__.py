"""What an operator wants to know: is everything in order, and if not, what is to be done.

Takes settings, rows and the network; gives findings. It reads only, repairs nothing, and no single check can hang or
break the others. Must not know: launches, the relay, the names of providers.
"""
