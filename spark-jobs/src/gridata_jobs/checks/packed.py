"""Packed words of failed checks, looked at with numpy: who is rejected, who waits, who is flagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridata_contracts.model import Check
from gridata_jobs.checks.plan import WORD_BITS, CheckPlan
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.read.arrow_any import ArrowArray
from gridata_jobs.read.source import ROW_NUMBER

Mask = npt.NDArray[np.bool_]


class Packed:
    """The words of some rows: one array per word, all of the same length."""

    def __init__(self, plan: CheckPlan, words: Sequence[npt.NDArray[np.int64]]) -> None:
        self.row_checks = plan.row_checks
        self._plan = plan
        self._words = words

    def any_of(self, wanted: Callable[[Check], bool]) -> Mask:
        """Per row, whether it fails a wanted check."""
        found = np.zeros(len(self._words[0]), dtype=bool)
        for word, bits in zip(self._words, self._plan.bits(wanted), strict=True):
            found |= (word & bits) != 0
        return found

    def failed(self) -> Counter[str]:
        """Rows per check id that fail it."""
        counts = {check.id: int(np.count_nonzero(self._bit(i))) for i, check in enumerate(self.row_checks)}
        return +Counter(counts)

    def checks_of(self, rows: Mask, wanted: Callable[[Check], bool]) -> dict[int, list[Check]]:
        """The wanted checks that each of the chosen rows fails, by position, in bit order."""
        found: dict[int, list[Check]] = {int(at): [] for at in np.flatnonzero(rows)}
        for at, which in zip(*(each.tolist() for each in self.pairs(rows)), strict=True):
            if wanted(check := self.row_checks[which]):
                found[at].append(check)
        return found

    def pairs(self, rows: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(row, check) of every failure among the chosen rows, by row and then in bit order."""
        found = [np.flatnonzero(self._bit(i) & rows) for i in range(len(self.row_checks))]
        which = np.repeat(np.arange(len(found)), [len(each) for each in found])
        where = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        order = np.lexsort((which, where))
        return where[order], which[order]

    def _bit(self, i: int) -> Mask:
        bits: Mask = (self._words[i // WORD_BITS] >> (i % WORD_BITS)) & 1 != 0
        return bits


def flags_column(count: int, flags: Mapping[int, Sequence[str]]) -> ArrowArray:
    """One list of check ids per position; null where there is none.

    Args:
        count: rows.
        flags: ids by position.
    """
    kind = pa.list_(pa.string())
    if not flags:
        return pa.nulls(count, kind)
    lengths = np.zeros(count, dtype=np.int32)
    positions = sorted(flags)
    lengths[positions] = [len(flags[position]) for position in positions]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    values = pa.array([id_ for position in positions for id_ in flags[position]], pa.string())
    mask = pa.array(lengths == 0)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, type=kind, mask=mask)


def flagged(rows: pa.Table, marks: Mapping[int, Sequence[Check]]) -> pa.Table:
    """Rows with the ids of further checks that they fail.

    Args:
        rows: with ROW_NUMBER and FLAGS.
        marks: the checks by row number.
    """
    if not marks:
        return rows
    at = by_position(rows, {row: [check.id for check in checks] for row, checks in marks.items()})
    flags = rows.column(FLAGS).to_pylist()
    both = {i: [*(before or ()), *at.get(i, ())] for i, before in enumerate(flags) if before or i in at}
    return rows.set_column(rows.column_names.index(FLAGS), FLAGS, flags_column(len(rows), both))


def by_position(rows: pa.Table, by_row: Mapping[int, Sequence[str]]) -> dict[int, Sequence[str]]:
    """What is known by row number, by the row's position."""
    if not by_row:
        return {}
    numbers = rows.column(ROW_NUMBER).to_numpy()
    return {int(at): by_row[int(numbers[at])] for at in np.flatnonzero(np.isin(numbers, list(by_row)))}
