"""Reads a pattern of the portable subset into its tree, or says where it leaves the subset."""

from __future__ import annotations

from typing import NoReturn

from gridata_contracts.pattern_tree import (
    CONTROLS,
    CharClass,
    Choice,
    Node,
    Ranges,
    Repeat,
    Sequence,
    both_cases,
    complement,
    merge,
    nullable,
)

MAX_REPEAT = 1000
"""RE2's own bound, also for the product of nested repetitions."""

_DIGIT = ((0x30, 0x39),)
_WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE = ((0x09, 0x0D), (0x20, 0x20))
_SHORTHANDS = {"d": _DIGIT, "w": _WORD, "s": _SPACE}


class PatternError(ValueError):
    """The pattern is outside the subset. `position` counts characters from 0."""

    def __init__(self, position: int, got: str, next_step: str) -> None:
        super().__init__(f"got {got!r} at position {position}, allowed the portable subset. {next_step}")
        self.position, self.got, self.next_step = position, got, next_step


class Parser:
    """Recursive descent over one pattern."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ignore_case = False
        self._depth = 0

    def parse(self) -> Node:
        """The tree of the whole pattern.

        Raises:
            PatternError: something outside of the subset.
        """
        if self._take("(?i)"):
            self._ignore_case = True
        start = self._take("^")
        tree = self._choice()
        end = self._text[self._at :] == "$" and self._take("$")
        if self._at < len(self._text):
            self._refuse(self._text[self._at], self._stray_hint())
        if (start or end) and isinstance(tree, Choice):
            raise PatternError(0, self._text[:20], "Put alternatives between anchors in a group: ^(?:a|b)$.")
        return tree

    def _stray_hint(self) -> str:
        char = self._text[self._at]
        if char == "$":
            return "The whole text is matched anyway; write \\$ for a dollar sign."
        return f"Write \\{char} for the character itself."

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > 50:
            self._refuse("(", "Nest groups at most 50 deep.")
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)$":
            items.append(self._repeated())
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _repeated(self) -> Node:
        start = self._at
        item = self._atom()
        counts = self._counts()
        if counts is None:
            return item
        if self._peek() in ("?", "+", "*", "{"):
            self._refuse(self._peek(), "Lazy, possessive and doubled repetition is not portable; repeat once.")
        low, high = counts
        if (high is not None and low > high) or max(low, high or 0) > MAX_REPEAT:
            raise PatternError(start, self._text[start : self._at], f"Use low <= high <= {MAX_REPEAT}.")
        if nullable(item):
            raise PatternError(start, self._text[start : self._at], "What is repeated may not match the empty text.")
        return Repeat(item, low, high)

    def _counts(self) -> tuple[int, int | None] | None:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return counts
        if self._peek() != "{":
            return None
        end = self._text.find("}", self._at)
        low, comma, high = self._text[self._at + 1 : max(end, 0)].partition(",")
        if not all(part.isascii() and part.isdigit() for part in (low, high or "0")) or len(low + high) > 8:
            self._refuse(self._text[self._at : self._at + 10], "Use {n}, {n,} or {n,m}; write \\{ for a brace.")
        self._at = end + 1
        return int(low), (int(high) if high else None) if comma else int(low)

    def _atom(self) -> Node:
        start = self._at
        char = self._text[start]
        if char == "(":
            return self._group()
        if char == "[":
            return self._bracket()
        if char == "\\":
            return self._cased(CharClass(*self._escape()), start)
        if char == ".":
            self._at += 1
            return CharClass(((0x0A, 0x0A),), negated=True)
        if char in "*+?{":
            self._refuse(char, f"There is nothing to repeat; write \\{char} for the character itself.")
        if char in "^]}":
            hint = "The whole text is matched anyway. " if char == "^" else ""
            self._refuse(char, f"{hint}Write \\{char} for the character itself.")
        return self._cased(CharClass(((self._literal(), ord(char)),)), start)

    def _group(self) -> Node:
        start = self._at
        if self._text.startswith("(?", start) and not self._text.startswith("(?:", start):
            self._refuse(self._text[start : start + 4], "Use plain (…) or (?:…); (?i) only at the very start.")
        self._at += 3 if self._text.startswith("(?:", start) else 1
        inner = self._choice()
        if not self._take(")"):
            raise PatternError(start, "(", "Close the group with ).")
        return Sequence((inner,)) if isinstance(inner, Choice) else inner

    def _escape(self) -> tuple[Ranges, bool]:
        """Ranges and negation of the escape at the current position."""
        start = self._at
        char = self._text[start + 1 : start + 2]
        self._at += 2
        if char and char.lower() in _SHORTHANDS:
            return _SHORTHANDS[char.lower()], char.isupper()
        if char in CONTROLS:
            return ((CONTROLS[char], CONTROLS[char]),), False
        if char in ("x", "u"):
            code = self._hexadecimal(start, 2 if char == "x" else 4)
            return ((code, code),), False
        if char and not char.isalnum() and char.isascii() and char != "_":
            return ((ord(char), ord(char)),), False
        hint = "Use \\d \\w \\s \\t \\n \\r \\f \\xHH \\uHHHH or \\ before a sign."
        if char in tuple("bBAzZ"):
            hint = "Anchors and word boundaries differ between engines; the whole text is matched."
        raise PatternError(start, f"\\{char}", hint)

    def _hexadecimal(self, start: int, digits: int) -> int:
        text = self._text[self._at : self._at + digits]
        if len(text) < digits or any(digit not in "0123456789abcdefABCDEF" for digit in text):
            raise PatternError(start, self._text[start : start + 2 + digits], f"Give {digits} hexadecimal digits.")
        self._at += digits
        return self._no_surrogate(int(text, 16), start)

    def _literal(self) -> int:
        code = self._no_surrogate(ord(self._text[self._at]), self._at)
        self._at += 1
        return code

    def _no_surrogate(self, code: int, position: int) -> int:
        if 0xD800 <= code <= 0xDFFF:
            raise PatternError(position, f"U+{code:04X}", "Write the character itself, not half of it.")
        return code

    def _bracket(self) -> Node:
        start = self._at
        self._at += 1
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        while not self._take("]"):
            if self._at >= len(self._text):
                raise PatternError(start, self._text[start : start + 10], "Close the class with ].")
            ranges += self._class_item()
        if not ranges:
            raise PatternError(start, self._text[start : self._at], "A class holds at least one character.")
        return self._cased(CharClass(merge(ranges), negated), start)

    def _class_item(self) -> Ranges:
        start = self._at
        low, single = self._class_char()
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return low
        self._at += 1
        high, high_single = self._class_char()
        if not (single and high_single) or low[0][0] > high[0][0]:
            raise PatternError(start, self._text[start : self._at], "A range goes from a lower to a higher character.")
        return ((low[0][0], high[0][0]),)

    def _class_char(self) -> tuple[Ranges, bool]:
        """Ranges of one item, and whether it is a single character (so may end a range)."""
        char = self._peek()
        if char == "\\":
            ranges, negated = self._escape()
            ranges = complement(ranges) if negated else ranges
            return ranges, len(ranges) == 1 and ranges[0][0] == ranges[0][1]
        if char == "[" or self._text.startswith(("&&", "~~", "||", "--"), self._at):
            self._refuse(char, f"Write \\{char} inside a class; nested classes and set operations are not portable.")
        code = self._literal()
        return ((code, code),), True

    def _cased(self, node: CharClass, start: int) -> CharClass:
        if not self._ignore_case:
            return node
        if not node.negated and any(low > 0x7F for low, _ in node.ranges):
            raise PatternError(start, self._text[start : self._at], "With (?i) only ASCII characters are allowed.")
        return CharClass(both_cases(node.ranges), node.negated)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _refuse(self, got: str, next_step: str) -> NoReturn:
        raise PatternError(self._at, got, next_step)
