"""A document that cannot be read becomes one broken DAG, so that all others stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow.sdk import DAG, BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException

BROKEN_TAG = "broken"


@dataclass(frozen=True)
class BrokenPipeline:
    """A pipeline whose document, or whose contract, has problems.

    Attributes:
        name: id its DAG would have.
        problems: one line each, as the loader says them.
    """

    name: str
    problems: tuple[str, ...]


class RefuseToRun(BaseOperator):
    """Fails at once with the document's problems. Never retried: somebody has to change the document first."""

    def __init__(self, *, problems: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.problems = list(problems)

    def execute(self, context: Context) -> None:  # noqa: ARG002 - the operator's signature
        """Fail.

        Raises:
            AirflowFailException: always.
        """
        raise AirflowFailException("\n".join(self.problems))


def broken_dag(pipeline: BrokenPipeline) -> DAG:
    """A DAG tagged `broken` that says in its description and documentation what is wrong."""
    with DAG(
        dag_id=pipeline.name,
        description=f"BROKEN: {pipeline.problems[0]}",
        doc_md="\n".join(f"- {problem}" for problem in pipeline.problems),
        schedule=None,
        catchup=False,
        tags=[BROKEN_TAG],
    ) as dag:
        RefuseToRun(task_id="refuse_to_run", problems=pipeline.problems, retries=0)
    return dag
