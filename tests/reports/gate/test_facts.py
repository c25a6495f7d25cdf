"""What the gate refuses to compare."""

from __future__ import annotations

from typing import Any

import pytest
from made_results import made_results

from hifbench.errors import UsageError
from hifbench.reports.gate.facts import Facts, changes, facts_of, refuse
from hifbench.reports.results import Results

TINY = {"name": "tiny", "sha256": "a" * 64, "settings": {"overlap": 0.6}, "version": 1}


def facts(detectors: dict[str, dict[str, Any]] | None = None, **data: int) -> Facts:
    held: dict[str, Any] = {"metrics": {}, "methods": {}, "versions": {}, "machine": {}, "detectors": detectors or {}}
    return Facts(protocol=1, data={"tno/test": data}, **held)


def looked(*detectors: dict[str, Any], convention: str = "frozen-tiny") -> Results:
    """Results of one method, and of a part of boxes by each detector."""
    results = made_results({"own": {"EN": [1.0]}}, facts={"own": {"protocol": 1}})
    for number, detector in enumerate(detectors):
        results.plan["fingerprints"][f"d{number}"] = {"protocol": 1, "detector": {"classes": ["car"], **detector}}
    results.plan["boxes"] = [
        {"convention": convention, "fingerprint": f"d{number}"} for number, _ in enumerate(detectors)
    ]
    return results


def test_a_run_over_no_pairs_is_refused_with_their_number() -> None:
    with pytest.raises(UsageError, match="tno/test: the baseline is of 3 pairs, the run of 0"):
        refuse(facts(pairs=3), facts())


def test_rows_under_what_does_not_compare_are_refused() -> None:
    mixed = {"a": {"protocol": 1, "data": "x"}, "b": {"protocol": 1, "data": "y"}}
    results = made_results({"a": {"EN": [1.0]}, "b": {"EN": [2.0]}}, facts=mixed)
    with pytest.raises(UsageError, match=r"own rows do not compare: no table of tno, .* of the data set's files"):
        facts_of(results)


def test_the_detector_is_held_by_name_and_hash() -> None:
    assert facts_of(looked(TINY, TINY)).detectors == {"frozen-tiny": TINY}


def test_two_detectors_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two detectors are called frozen-tiny"):
        facts_of(looked(TINY, {**TINY, "sha256": "b" * 64}))


def test_retrained_detectors_are_held_by_their_recipe() -> None:
    trained = [
        {"name": "yolo", "sha256": sha, "training": {"recipe": {"epochs": 3}, "pictures": sha}} for sha in ("a", "b")
    ]
    held = facts_of(looked(*trained, convention="retrained-yolo")).detectors["retrained-yolo"]
    assert held.keys() == {"name", "training"}
    longer = {"name": "yolo", "training": {"recipe": {"epochs": 4}}}
    after = facts_of(looked(longer, convention="retrained-yolo"))
    with pytest.raises(UsageError, match="the baseline's retrained detector is yolo"):
        refuse(facts({"retrained-yolo": held}, pairs=1), after.model_copy(update={"data": {"tno/test": {"pairs": 1}}}))


@pytest.mark.parametrize(
    "other",
    [{"frozen-tiny": {**TINY, "sha256": "b" * 64}}, {"frozen-nano": {**TINY, "name": "nano", "sha256": "b" * 64}}],
)
def test_another_detector_is_refused(other: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(UsageError, match=r"frozen detector is tiny \(aaaaaaaaaaaa\), the run's is .* \(bbbbbbbbbbbb\)"):
        refuse(facts({"frozen-tiny": TINY}), facts(other))


def test_a_further_detector_or_none_is_for_the_values_to_tell() -> None:
    more = {"frozen-tiny": TINY, "frozen-nano": {**TINY, "name": "nano"}}
    refuse(facts({"frozen-tiny": TINY}), facts(more))
    refuse(facts(more), facts())
    refuse(facts(), facts(more))


def test_other_settings_of_a_detector_are_named_beside_what_moved() -> None:
    found = changes(facts({"frozen-tiny": TINY}), facts({"frozen-tiny": {**TINY, "settings": {}, "version": 2}}))
    assert list(found) == ["detector frozen-tiny: another settings and version"]


def test_what_changed_is_told_in_the_order_of_names() -> None:
    names = [f"m{number}" for number in range(8)]  # in a set, one run in 40320 has them so

    def at(version: int) -> Facts:
        metrics = {name: {"version": version, "conventions": [f"c{version}"]} for name in reversed(names)}
        return facts(pairs=1).model_copy(
            update={"metrics": metrics, "versions": {name: str(version) for name in reversed(names)}}
        )

    found = list(changes(at(1), at(2)))
    metrics = [f"metric {name}: version 1, now 2" for name in names]
    assert found == [*metrics, *(f"{name} 1, now 2" for name in names)]
    with pytest.raises(UsageError, match=r"^m0: "):
        refuse(at(1), at(2))
