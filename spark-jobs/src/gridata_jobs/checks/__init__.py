"""Checks: one definition, compiled to both engines' SQL from a closed list of rules.

A check compiles to a condition that is true for a failing row and never null. `clean` is one condition for a whole
row, cheap to evaluate where most rows pass; only rows that are not clean get the packed word of failed checks.
"""
