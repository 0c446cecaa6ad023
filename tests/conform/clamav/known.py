"""Where the answer is meant to differ from clamscan's: case -> (our answer, reason)."""

KNOWN = {}
