"""A rule's own example as a contract with one check, for the reference page and the tests."""

from __future__ import annotations

from gridata_contracts.model import Contract
from gridata_contracts.rules.rule import Rule
from gridata_contracts.suite import Ask, suite


def example_contract(rule: Rule) -> Contract:
    """The example's columns and one check of the rule on them.

    Raises:
        ContractError: the rule's example breaks its own signature.
    """
    return suite(rule.example.columns, [Ask(rule.name, rule.example.on, rule.example.arguments)])
