"""Personal data inside free text that only Presidio knows: names and places, papers and numbers of many countries."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.columns import ITEM
from gridata_contracts.errors import UsageError
from gridata_contracts.profile import Profile, profile_records
from gridata_contracts.sample import Sample
from gridata_jobs.profile.personal import Finding

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

MOST_VALUES = 1_000
"""Different texts of a column that are read."""
MOST_CHARS = 500
LEAST_SCORE = 0.5
"""Presidio's own score, 0 to 1, under which it only guesses: nine digits are a passport with 0.1."""
LEAST_SHARE = 0.02
"""Of the texts: a model takes some other words for names."""
_KNOWN = frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS"})
"""What our own rules find in every value, not only in a sample."""
_NOT_PERSONAL = frozenset({"DATE_TIME", "URL", "ORGANIZATION", "UUID", "ID"})
_LANGUAGE = "en"


class FreeText:
    """Presidio over a sample of texts.

    Without a language model it has patterns, check digits and words nearby: it finds numbers of papers and accounts.
    With one it finds names of people and places too.
    """

    def __init__(self, model: str | None = None) -> None:
        """Load Presidio.

        Args:
            model: an installed spaCy model of English, or the folder of one; it is never downloaded.

        Raises:
            UsageError: Presidio or the model is not installed.
        """
        self._analyzer = _analyzer(model)
        self._entities = sorted(set(self._analyzer.get_supported_entities(_LANGUAGE)) - _KNOWN - _NOT_PERSONAL)

    def findings(self, sample: Sample, paths: Collection[str]) -> Iterator[Finding]:
        """Kinds of personal data in at least LEAST_SHARE of a column's sampled values.

        The confidence is the mean of Presidio's scores. Scores are no probabilities: of a model's names all are 0.85.

        Args:
            sample: the records.
            paths: of the columns to read.
        """
        for path, values in _texts("", profile_records(sample.records)):
            if path not in paths:
                continue
            texts = list(dict.fromkeys(text[:MOST_CHARS] for text in values))[:MOST_VALUES]
            found, scores = Counter[str](), defaultdict[str, float](float)
            for text in texts:
                for kind, score in self._kinds(text).items():
                    found[kind] += 1
                    scores[kind] += score
            for kind, count in found.most_common():
                if count >= LEAST_SHARE * len(texts):
                    share = f"Presidio: {count / len(texts):.0%} of {len(texts):,} sampled values"
                    yield Finding(path, kind.lower().replace("_", " "), share, round(scores[kind] / count, 3))

    def _kinds(self, text: str) -> dict[str, float]:
        """The best score of each kind in a text."""
        best: dict[str, float] = {}
        for one in self._analyzer.analyze(
            text, language=_LANGUAGE, entities=self._entities, score_threshold=LEAST_SCORE
        ):
            best[one.entity_type] = max(one.score, best.get(one.entity_type, 0.0))
        return best


def _analyzer(model: str | None) -> AnalyzerEngine:
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
    except ModuleNotFoundError as missing:
        raise UsageError(
            f"--presidio: got no {missing.name}, allowed where Presidio is installed. "
            "Install it: pip install 'gridata-jobs[presidio]'."
        ) from missing
    if model is not None and not (spacy.util.is_package(model) or Path(model).is_dir()):
        raise UsageError(
            f"--presidio-model: got {model!r}, which is not installed, allowed a spaCy model of English or the folder "
            f"of one. Install it: python -m spacy download {model}."
        )
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it warns of every language that was not asked for
    engine = SpacyNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": model or "blank"}])
    if model is None:
        # Words, and nothing that knows what they mean; the attribute is declared as None.
        engine.nlp = {_LANGUAGE: spacy.blank(_LANGUAGE)}  # type: ignore[assignment]
    return AnalyzerEngine(nlp_engine=engine, supported_languages=[_LANGUAGE])


def _texts(path: str, profile: Profile) -> Iterator[tuple[str, list[str]]]:
    """Columns with text in them, by path, with their texts in the order of the file."""
    texts = [value for value in profile.values if type(value) is str]
    if texts and path:
        yield path, texts
    for name, inner in profile.fields.items():
        yield from _texts(f"{path}.{name}".lstrip("."), inner)
    if profile.item is not None:
        yield from _texts(f"{path}{ITEM}", profile.item)
