"""What can go wrong, as a tree: only a TransientError is worth a retry.

Bad input is not an error: it is quarantined with a reason code (see reasons.py). Messages follow
`<what> <where>: got <x>, allowed <y>. <next step>` and hold neither secrets nor values of non-public columns.
"""


class GridataError(Exception):
    """Anything Gridata reports to its user as one message without a stack trace."""

    exit_code = 3


class PermanentError(GridataError):
    """The same call fails again until somebody changes something. Never retried."""


class TransientError(GridataError):
    """The same call may succeed later: a store, catalog or server did not answer. Retried."""

    exit_code = 4


class UsageError(GridataError):
    """The command line or the call is wrong: a missing file, an unknown name, a query that cannot be computed."""

    exit_code = 2


class ContractError(PermanentError):
    """One or more problems of one declarative document, all of them at once.

    Its exit code is that of a wrong command line: what was given is wrong. Only `contract lint`, which is asked whether
    documents are right, answers 1 instead.

    Attributes:
        problems: one line each, `<file>: <path>: got <x>, allowed <y>. <next step>`.
    """

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
