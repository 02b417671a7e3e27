'''`python -m benchmarks [NAME …] [--json] [--list]`: a table of ratios, and the machine's limit beside them.

To add one, write a file into this package; it is found by itself::

    from benchmarks.measuring import benchmark, take_turns

    @benchmark("sorting", minutes=0.5)
    def sorting():
        """Ours against theirs, in a line that `--list` shows."""
        import numpy as np                      # what is heavy is imported in here

        numbers = np.random.default_rng(0).random(1_000_000)
        turns = take_turns({"ours": lambda turn: np.sort(numbers), "peer": lambda turn: sorted(numbers)})
        yield turns.row("sorting", "1,000,000 random numbers", against="Python's sorted", target=1.5)

A ratio says how many times as fast as the peer ours is, the median of the turns' own ratios. Where there is no peer,
yield a `Row` of a number, its unit, and a target with `at_most=True`. `benchmarks.photographs` gives real photographs.
Each benchmark has a process and a workspace (TLCORE_HOME) of its own, which are gone afterwards; whoever starts
processes of their own ends them too. What can't be measured raises `NotMeasured` and says why: nothing is made up.
'''

import json
import sys

import click

from benchmarks.machine import describe, matrix_product_limit
from benchmarks.measuring import all_benchmarks
from benchmarks.running import Outcome, in_own_process, run
from benchmarks.table import machine_lines, table


@click.command()
@click.argument("names", metavar="[NAME]…", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout instead of the table.")
@click.option("--list", "only_list", is_flag=True, help="Say which there are and how long they take, and run none.")
def main(names: tuple[str, ...], as_json: bool, only_list: bool) -> None:
    """Measure the workbench against its peers, all of it or the benchmarks that are named."""
    known = all_benchmarks()
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(known)}")
    chosen = [known[name] for name in dict.fromkeys(names)] or list(known.values())
    if only_list:
        entries = [{"benchmark": each.name, "title": each.title, "minutes": each.minutes} for each in chosen]
        click.echo(json.dumps(entries, indent=1) if as_json else "\n".join(map(_listed, entries)))
        return

    machine = describe()
    click.echo("the machine's limit …", err=True)
    machine["limit_gflops"] = in_own_process(matrix_product_limit)
    if not as_json:
        click.echo(machine_lines(machine) + "\n")
    outcomes = []
    for each in chosen:
        click.echo(f"{each.name}: {each.title}, about {each.minutes:g} min …", err=True)
        outcomes.append(run(each))
    click.echo(_document(machine, outcomes) if as_json else _text(outcomes))
    sys.exit(1 if any(outcome.failure for outcome in outcomes) else 0)


def _listed(entry: dict) -> str:
    return f"{entry['benchmark']:<22} {entry['minutes']:>4g} min  {entry['title']}"


def _text(outcomes: list[Outcome]) -> str:
    parts = [table([row for outcome in outcomes for row in outcome.rows])]
    parts += [f"Not measured: {outcome.benchmark}: {outcome.missing}" for outcome in outcomes if outcome.missing]
    parts += [f"Failed: {outcome.benchmark}:\n{outcome.failure}" for outcome in outcomes if outcome.failure]
    return "\n\n".join(parts)


def _document(machine: dict, outcomes: list[Outcome]) -> str:
    document = {
        "machine": machine,
        "rows": [row.to_dict() for outcome in outcomes for row in outcome.rows],
        "not_measured": [{"benchmark": each.benchmark, "why": each.missing} for each in outcomes if each.missing],
        "failed": [{"benchmark": each.benchmark, "traceback": each.failure} for each in outcomes if each.failure],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
