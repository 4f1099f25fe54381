"""Judging the categories of a batch by the sets of earlier ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gridata_jobs.statistics.anomaly import CategorySet, NewCategories, category_change, judge_categories

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def sets(*names: str) -> list[CategorySet]:
    return [CategorySet(START + number * DAY, frozenset(one)) for number, one in enumerate(names)]


def test_a_category_never_seen_is_anomalous_and_one_seen_once_is_not() -> None:
    *history, today = sets("ab", "abc", "ab", "abc")
    assert judge_categories(NewCategories(), history, today).anomalous is False
    *history, today = sets("ab", "abc", "ab", "abx")
    judgement = judge_categories(NewCategories(), history, today)
    assert judgement.anomalous is True
    assert judgement.reason == "1 names are new, 0 of every set before are missing; compared with 3 sets"
    assert category_change(history, today).new == {"x"}


def test_a_category_that_was_always_there_is_missed_when_asked() -> None:
    *history, today = sets("ab", "abc", "a")
    assert category_change(history, today).missing == {"b"}
    assert judge_categories(NewCategories(), history, today).anomalous is False
    assert judge_categories(NewCategories(most_missing=0), history, today).anomalous is True


def test_categories_are_compared_with_older_sets_of_the_window_only() -> None:
    *history, today = sets("abz", "ab", "ab", "abz")
    assert judge_categories(NewCategories(window=2), history, today).anomalous is True
    assert judge_categories(NewCategories(), [*history[1:], today], history[0]).anomalous is None


def test_the_first_set_is_a_cold_start_without_new_names() -> None:
    (today,) = sets("ab")
    assert judge_categories(NewCategories(), [], today).anomalous is None
    assert category_change([], today).new == frozenset()
