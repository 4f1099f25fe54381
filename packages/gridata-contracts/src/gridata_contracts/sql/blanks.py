"""White space as rules mean it."""

BLANKS = " \t\n\x0b\f\r"
"""The ASCII six. Engines disagree about the rest of Unicode's."""
