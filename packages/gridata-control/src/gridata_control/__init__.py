"""Control: landing, ledger, sweep, dispatch, verification, catalog and the `gridata` command."""
