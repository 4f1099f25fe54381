"""Rules about well-known forms of text, with their checksums where they have one."""

from __future__ import annotations
