"""All checks of a contract in one stable order: column by column, then the table's, batch rules last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from open_data_contract_standard.model import SchemaObject

from gridata_contracts import relationships
from gridata_contracts.arguments import accept_arguments
from gridata_contracts.columns import Place, Schema
from gridata_contracts.declared_checks import CUSTOM, declared_checks
from gridata_contracts.derived_checks import derived_checks
from gridata_contracts.expected_words import expected_words
from gridata_contracts.model import Check, JsonValue
from gridata_contracts.problems import Problems
from gridata_contracts.rule_call import Call
from gridata_contracts.rules import RULES, Applies, Level, Rule
from gridata_contracts.rules.schema import Schematic
from gridata_contracts.verdict_terms import read_terms
from gridata_contracts.wanted import Wanted


def read_checks(
    schema: Schema,
    table: SchemaObject,
    primary_key: Sequence[str],
    promised: Sequence[Wanted],
    path: str,
    problems: Problems,
) -> tuple[Check, ...]:
    """Derived, declared and promised checks, row rules first, so that a row check's position is its bit.

    Args:
        schema: columns of the contract.
        table: the schema object as written.
        primary_key: paths of the key's columns.
        promised: what follows from service levels.
        path: of the schema object in the document.
        problems: takes what is wrong.
    """
    checks: list[Check] = []
    written: dict[str, str] = {}
    service_levels = [(wanted, _stands_on(wanted, None, schema)) for wanted in promised]
    for wanted, place in (*_all_wanted(schema, table, primary_key, path, problems), *service_levels):
        check = accept_check(wanted, place, schema, problems)
        if check is None:
            continue
        if check.id in written:
            hint = f"It is also {written[check.id]}; give one an id or remove it."
            problems.add(wanted.where, check.id, "each check id once", hint)
            continue
        written[check.id] = wanted.where
        checks.append(check)
    _refuse_other_columns(checks, schema, problems)
    return tuple(sorted(checks, key=lambda check: RULES[check.rule].level is not Level.ROW))


def _refuse_other_columns(checks: Sequence[Check], schema: Schema, problems: Problems) -> None:
    """What a contract asks of its own columns is decided now."""
    types = {column.name: column.type for column in schema.columns}
    for check in checks:
        evaluation = RULES[check.rule].evaluation
        if isinstance(evaluation, Schematic) and (against := evaluation.against(check, types)):
            problems.add(check.source, against, check.expected, "Mend the columns, or the check.")


def _all_wanted(
    schema: Schema, table: SchemaObject, primary_key: Sequence[str], path: str, problems: Problems
) -> Iterator[tuple[Wanted, Place | None]]:
    name = table.name or ""
    for path_of_column, (item, where) in schema.properties.items():
        place = schema.places.get(path_of_column)
        if place is None:  # its type was refused; its rules' names still count
            ours = [each if each.type == CUSTOM else None for each in item.quality or ()]
            list(declared_checks(ours, None, schema, name, where, problems))
            continue
        for wanted in derived_checks(place, item, schema, problems):
            yield wanted, _stands_on(wanted, place, schema)
        for wanted in declared_checks(item.quality, place, schema, name, where, problems):
            yield wanted, _stands_on(wanted, place, schema)
        for wanted in relationships.of_property(item.relationships, place, where, problems):
            yield wanted, place
        if item.unique and not item.primaryKey:
            yield Wanted("is_unique", {"columns": [place.path]}, f"{where}.unique"), None
    for wanted in declared_checks(table.quality, None, schema, name, path, problems):
        yield wanted, _stands_on(wanted, None, schema)
    for wanted in relationships.of_schema(table.relationships, name, path, problems):
        yield wanted, None
    if primary_key:
        yield Wanted("is_unique", {"columns": list(primary_key)}, f"{path}.properties"), None


def _stands_on(wanted: Wanted, written_at: Place | None, schema: Schema) -> Place | None:
    if RULES[wanted.rule].applies is Applies.TABLE:
        return None
    return written_at if wanted.column is None else schema.places[wanted.column]


def accept_check(wanted: Wanted, place: Place | None, schema: Schema, problems: Problems) -> Check | None:
    """Prove one wanted check; None when a problem was noted.

    Args:
        wanted: what was asked for; its rule exists.
        place: what it stands on; None for a rule of the whole row or batch.
        schema: columns that arguments and conditions may name.
        problems: takes what is wrong.
    """
    rule = RULES[wanted.rule]
    terms = read_terms(rule, wanted.severity, wanted.terms, wanted.where, schema, problems)
    call = Call(rule, dict(wanted.arguments), place, wanted.where, schema, problems, written=wanted.written)
    arguments = accept_arguments(call)
    if arguments is None or terms is None:
        return None
    column = None if place is None else place.path
    return Check(
        id=wanted.id or f"{column or _columns_word(rule, arguments)}.{rule.name}",
        rule=rule.name,
        column=column,
        arguments=arguments,
        expected=expected_words(rule, arguments),
        dimension=wanted.dimension,
        source=wanted.where,
        expressions=call.expressions,
        **vars(terms),
    )


def _columns_word(rule: Rule, arguments: dict[str, JsonValue]) -> str:
    columns = arguments.get("columns")
    if rule.level is Level.SCHEMA and "column" in arguments:
        columns = [arguments["column"]]
    return "+".join(map(str, columns)) if isinstance(columns, list) else "row"
