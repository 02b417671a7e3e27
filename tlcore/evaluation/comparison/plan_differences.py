"""What was done differently in several runs, as data."""

from collections.abc import Sequence
from typing import NamedTuple

from tlcore.plans import Plan
from tlcore.plans.effective import unused_settings
from tlcore.runs import Run


class PlanDifference(NamedTuple):
    """One thing that was not the same in all runs.

    Attributes:
        setting: a setting of the plan, or "module", "dataset" (its version), or a package.
        meaning: what it is, a phrase or two.
        values: of each run in their order; None where the setting has nothing to do in that run's plan.
    """

    setting: str
    meaning: str
    values: tuple[object, ...]


def plan_differences(runs: Sequence[Run]) -> list[PlanDifference]:
    """All that was done differently, in a plan's order; module and dataset come first, packages last.

    Args:
        runs: with a record; results are not needed.
    """
    records = [run.record for run in runs]
    rows = [
        PlanDifference("module", "The pretrained module that the run started from.", _modules(records)),
        PlanDifference(
            "dataset", "The version of the dataset: examples, labels and splits.",
            _versions(records),
        ),
    ]  # fmt: skip
    unused = [unused_settings(run.plan) for run in runs]
    for setting, field in Plan.model_fields.items():
        values = (
            None if setting in idle else getattr(run.plan, setting) for run, idle in zip(runs, unused, strict=True)
        )
        rows.append(PlanDifference(setting, field.description, tuple(values)))
    for package in dict.fromkeys(name for each in records for name in each["versions"]):
        rows.append(
            PlanDifference(
                package,
                "The version of the package that the run used.",
                tuple(each["versions"].get(package) for each in records),
            )
        )
    return [row for row in rows if len({_effect(value) for value in row.values}) > 1]


def _effect(value: object) -> object:
    """None for a setting that is off, as for one that is not used: the two do the same, which is nothing."""
    return None if value in (0, "none", ()) else value


def _modules(records: Sequence[dict]) -> tuple[str, ...]:
    """Their names, told apart where different ones are called the same."""
    modules = [(each["module"]["name"], each["module"]["fingerprint"]) for each in records]
    if len(set(modules)) == len({name for name, _ in modules}):
        return tuple(name for name, _ in modules)
    return tuple(f"{name} ({fingerprint[:8]})" for name, fingerprint in modules)


def _versions(records: Sequence[dict]) -> tuple[str, ...]:
    """The versions of the dataset; where numbers do not tell all apart, by the fingerprint of what each had."""
    versions = {each["dataset"]["fingerprint"]: each["dataset"].get("version", 0) for each in records}
    if len(set(versions.values())) == len(versions):
        return tuple(f"version {versions[each['dataset']['fingerprint']]}" for each in records)
    return tuple(each["dataset"]["fingerprint"][:8] for each in records)
