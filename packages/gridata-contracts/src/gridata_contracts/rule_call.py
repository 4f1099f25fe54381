"""One use of a rule in a contract, while it is being checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridata_contracts.columns import Place, Schema
from gridata_contracts.model import JsonValue
from gridata_contracts.problems import Problems
from gridata_contracts.rules.rule import Rule

if TYPE_CHECKING:
    from gridata_contracts.expressions import Expression


@dataclass
class Call:
    """A rule, the arguments as written, and what they may refer to.

    Attributes:
        place: what the rule stands on; None for a rule of the whole table.
        where: path in the document that problems point at.
        accepted: arguments that were found good, patterns and expressions in canonical form.
        expressions: by argument, what its text was read as.
        written: by argument, the key below `where` that says it, where that is not its own name.
        names_a_refused_column: what is wrong with a column it names was noted there; the call cannot be judged.
    """

    rule: Rule
    given: dict[str, Any]
    place: Place | None
    where: str
    schema: Schema
    problems: Problems
    accepted: dict[str, JsonValue] = field(default_factory=dict)
    expressions: dict[str, Expression] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    names_a_refused_column: bool = False

    def at(self, argument: str) -> str:
        """Path in the document of one argument."""
        return f"{self.where}.{self.written.get(argument, argument)}"

    def refuse(self, argument: str, allowed: str, next_step: str = "", got: object = None) -> None:
        """Note that an argument is not allowed; `got` defaults to what was written."""
        self.problems.add(self.at(argument), self.given.get(argument) if got is None else got, allowed, next_step)
