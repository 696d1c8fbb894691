"""Documents: what a learner hands in becomes rows here, and from here goes to the provider, once.

Takes an upload (``arriving``), checks it (``checks``), promises it (``handing_in``), passes it on (``passing_on``) and
keeps what the provider found (``findings``). Content is encrypted piece by piece (``sealing``, ``content``), and
never in memory as a whole. Must not know: pages, LTI versions, gradebooks, one provider.
"""
