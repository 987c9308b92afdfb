"""A decision as it is stored: rule version, inputs and outcome in canonical JSON (RFC 8785), and its hash."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import rfc8785

from services.quality.domain.specification.evaluating import evaluate
from services.quality.domain.specification.evaluation import Evaluation
from services.quality.domain.specification.records import (
    facts_from,
    of_evaluation,
    of_inputs,
    of_specification,
    result_from,
    specification_from,
)
from services.quality.domain.specification.results import Facts, Result
from services.quality.domain.specification.rules import Specification


@dataclass(frozen=True, slots=True)
class Decision:
    """An evaluation with the record that it can be replayed from; the record is canonical, so its hash names it."""

    evaluation: Evaluation
    record: bytes
    sha256: str


def decided(specification: Specification, results: Iterable[Result], facts: Facts) -> Decision:
    """Evaluate, and write down what was decided from what."""
    results = tuple(results)
    evaluation = evaluate(specification, results, facts)
    record = rfc8785.dumps(
        {
            "specification": of_specification(specification),
            "inputs": of_inputs(results, facts),
            "evaluation": of_evaluation(evaluation),
        }
    )
    return Decision(evaluation, record, hashlib.sha256(record).hexdigest())


def replayed(record: bytes) -> Decision:
    """Decide again from what a record holds; equal hashes say that it came to the same."""
    data = json.loads(record)
    results = [result_from(each) for each in data["inputs"]["results"]]
    return decided(specification_from(data["specification"]), results, facts_from(data["inputs"]["facts"]))


def specification_sha256(specification: Specification) -> str:
    """The hash that a signature of a version is bound to."""
    return hashlib.sha256(rfc8785.dumps(of_specification(specification))).hexdigest()
