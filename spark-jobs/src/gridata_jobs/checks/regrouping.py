"""Where rows with equal keys have to meet: once per set of keys of a query's windows and groups, read off its SQL."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gridata_contracts.rules import RULES
from gridata_contracts.rules.keyed import Figure, Marking, paths_of
from gridata_contracts.rules.sketched import Sketched
from gridata_jobs.checks.second_look import Asked
from gridata_jobs.checks.window_keys import WindowKeys, served_together, serving, window_keys

_GROUP = re.compile(r"\bGROUP BY ([^()]*)|\b(SELECT DISTINCT)\b")


@dataclass(frozen=True)
class Regrouping:
    """One sort or hash table on DuckDB, one shuffle on Spark.

    Attributes:
        keys: paths of the columns whose equal values meet; none = all rows, in one order.
        checks: ids of those that share it.
    """

    keys: tuple[str, ...]
    checks: tuple[str, ...]


def marking_regroupings(markings: Sequence[Asked], *, shares: bool) -> tuple[Regrouping, ...]:
    """Of the one query that marks rows.

    Args:
        markings: its checks.
        shares: rows that meet by some columns serve windows over these and further ones, too, as on Spark.
    """
    found: dict[WindowKeys, list[str]] = defaultdict(list)
    for asked in markings:
        for keys in window_keys(_holds(asked)):
            found[keys].append(asked.check.id)
    shared: dict[WindowKeys, list[str]] = defaultdict(list)
    for keys in served_together(found):
        shared[serving(keys, found) if shares else keys] += found[keys]
    paths = {name: path for asked in markings for path, name in asked.rows.names.items()}
    return tuple(
        Regrouping(tuple(sorted(paths.get(name, name) for name in keys)), tuple(checks))
        for keys, checks in shared.items()
    )


def figure_regroupings(asked: Asked) -> tuple[Regrouping, ...]:
    """Of the query of one number."""
    rule = RULES[asked.check.rule]
    if isinstance(rule.evaluation, Sketched):
        return (Regrouping(paths_of(asked.check, rule), (asked.check.id,)),)
    assert isinstance(rule.evaluation, Figure)  # as plan_second_look chose them
    sql = rule.evaluation.query(asked.rows)
    own = paths_of(asked.check, rule)
    paths = {name: path for path, name in asked.rows.names.items()}
    grouped = [(match[1] or "").strip().split(", ") for match in _GROUP.finditer(sql)]
    groups = [tuple(paths[name] for name in names) if paths.keys() >= {*names} else own for names in grouped]
    if "count(DISTINCT " in sql:  # several of one query share one pass
        groups.append(own)
    return tuple(Regrouping(keys, (asked.check.id,)) for keys in groups)


def _holds(asked: Asked) -> str:
    evaluation = RULES[asked.check.rule].evaluation
    assert isinstance(evaluation, Marking)  # as plan_second_look chose them
    return evaluation.holds(asked.rows, defaultdict(lambda: None))
