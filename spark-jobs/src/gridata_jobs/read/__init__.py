"""From a landed object version to typed rows: stage the exact bytes, cut records, read values, say what was refused.

The same code reads for both lanes (in process, or inside Spark's Python workers), so their values and parse verdicts
are equal by construction; only the checks are evaluated by two engines.
"""
