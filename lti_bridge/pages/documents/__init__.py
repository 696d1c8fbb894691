"""Pages about documents: handing one in, where it stands, its report, and all of a link for those who teach.

Only its author and those who teach at its link see a document. Must not know: LTI versions, one provider.
"""
