"""`gridata demo`: the whole flow on generated data, and a proof that the quarantine equals the answer key."""
