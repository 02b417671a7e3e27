"""What each command answers, in words for people: made of the same documents that `--json` prints."""

import shlex
from collections.abc import Iterable, Sequence

from tlcore.base.formatting import count
from tlcore.base.progress_bar import table
from tlcore.training.outcome import OUT_OF_FOLD, KeptEpoch, kept_in_words

_SPLITS = ("train", "val", "test")
_MOST_CLASSES = 50  # that are named in words; the document has all
_MOST_FILES = 3


def imported(document: dict) -> str:
    """What was imported, and what was found wrong with the files; of a dry run, how they would be read."""
    if "reading" in document:
        return _proposed(document)
    names = document["class_names"]
    lines = [
        f"{document['name']} ({document['dataset']})",
        f"{count(len(names), 'class', 'classes')}: {_few(names, _MOST_CLASSES)}",
        ", ".join(f"{document['splits'][split]:,} {split}" for split in _SPLITS),
    ]
    if document.get("unlabelled"):
        lines.append(f"{count(document['unlabelled'], 'file')} without a label")
    if document.get("metadata"):
        lines.append(f"Metadata: {_few(document['metadata'], _MOST_CLASSES)}")
    if document.get("group_column"):
        lines.append(f"Group: {document['group_column']}")
    for problem in document["problems"]:
        files = problem["files"]
        kind = problem["kind"].capitalize()
        lines += ["", f"{kind} ({count(len(files), 'file')})" if files else kind]
        lines.append(f"  {problem['action'].rstrip('.')}.")
        if kept := problem.get("kept"):
            files = [f"{file} (kept: {instead})" for file, instead in zip(files, kept, strict=False)]
        lines += [f"  {_few(files, _MOST_FILES)}"] if files else []
    return "\n".join(lines)


def datasets(document: list[dict]) -> str:
    """A row a dataset."""
    if not document:
        return "No datasets yet. Import one: python -m tlcore import PATH"
    head = ("dataset", "name", "modality", "classes", *_SPLITS)
    return table(
        head,
        (
            [
                each["dataset"], "(damaged)" if "state" in each else each["name"], each["modality"],
                len(each["class_names"]), *(each["splits"][split] for split in _SPLITS),
            ]
            for each in document
        ),
    )  # fmt: skip


def modules(document: list[dict]) -> str:
    """A row a module."""
    keys = ("name", "modality", "local", "parameters", "feature_dim", "licence", "handle")
    head = ("name", "modality", "local", "parameters", "feature size", "licence", "handle")
    rows = (module | ({"handle": "(damaged)"} if "state" in module else {}) for module in document)
    return table(head, ([row[key] for key in keys] for row in rows))


def inspected(document: dict) -> str:
    """A module's facts and its layer groups."""
    tensors = [("input", document["input"]), *(("output", output) for output in document["outputs"])]
    tensors += [("inner output", output) for output in document.get("inner_outputs", ())]
    name, handle = document["module"], document["handle"]
    lines = [name if name == handle else f"{name} ({handle})"]
    lines += [f"{kind} {tensor['name']} {_shape(tensor['shape'])} {tensor['dtype']}" for kind, tensor in tensors]
    if chosen := [name for name in document.get("output", ()) if name]:
        lines.append(f"feature vector: {' + '.join(chosen)}")
    if expects := document.get("expects"):
        lines.append(f"expected pixel range: {expects['in_words']}")
    lines.append("can be fine-tuned" if document["trainable"] else "can't be fine-tuned; gives feature vectors only")
    lines += [f"note: {note}" for note in document.get("notes", ())]
    rows = ([group["name"], group["parameters"], len(group["variables"])] for group in document["groups"])
    return "\n".join([*lines, "", table(("layer group", "parameters", "variables"), rows)])


def suggested(document: dict) -> str:
    """A row a setting, with its reason."""
    reasons = document["reasons"]
    return table(
        ("setting", "value", "reason"),
        ([name, _value(value), reasons.get(name)] for name, value in document["plan"].items()),
    )


def run(document: dict, test: bool = False) -> str:
    """A run, and its numbers where it has any: those on train and val, and those on test when they are asked for."""
    splits = _SPLITS if test else _SPLITS[:2]
    lines = [
        f"{document['run']}: {document['state']}",
        f"dataset {document['dataset']}, module {document['module']}, seed {document['seed']}",
    ]
    groups = document["plan"] and document["plan"]["train_groups"]
    lines.append(f"fine-tuned: {', '.join(groups)}" if groups else "linear probe")
    if document.get("kept"):
        lines.append(kept_in_words(KeptEpoch(**document["kept"]), bool(document["plan"]["hidden_units"])))
    if document.get("out_of_fold"):
        lines.append(OUT_OF_FOLD)
    for problem in document.get("problems", ()):
        files = problem["files"]
        kind = problem["kind"].capitalize()
        lines.append(f"{kind} ({count(len(files), 'file')}): {_few(files, _MOST_FILES)}" if files else kind)
        lines.append(f"  {problem['action']}.")
    if document["trainable_parameters"] is not None:
        seconds = ", ".join(f"{name} {value:.1f} s" for name, value in document["seconds"].items() if value is not None)
        lines += [f"{document['trainable_parameters']:,} trained parameters; {seconds}", "", _metrics(document, splits)]
        if document["metrics"]["test"] and not test:
            command = f"python -m tlcore show {document['run']} --test"
            lines += ["", f"To see the metrics on test: {command} (each look is counted)"]
    if sliced := document.get("slices"):
        lines += [
            line for split in splits if split in sliced for line in _slices(sliced["column"], split, sliced[split])
        ]
    return "\n".join(lines)


def runs(document: list[dict]) -> str:
    """A row a run."""
    if not document:
        return "No runs yet. Start one: python -m tlcore train DATASET --module MODULE"
    head = ("run", "state", "dataset", "module", "val accuracy")
    return table(
        head,
        ([run["run"], run["state"], run["dataset"], run["module"], _val_accuracy(run)] for run in document),
    )


def predicted(document: dict) -> str:
    """A row a picture."""
    rows = []
    for each in document["predictions"]:
        confidence = each["probabilities"].get(each["label"])
        rows.append([each["path"], "(no prediction)" if each["label"] is None else each["label"], confidence])
    return table(("file", "label", "probability"), rows)


def exported(document: dict) -> str:
    """Where the files lie."""
    return "\n".join([document["path"], *(f"  {file}" for file in document["files"])])


def _proposed(document: dict) -> str:
    """How files would be read: where each part comes from, why, and what would come of it."""
    reading, outline = document["reading"], document["outline"]
    rows = [(part, _place(reading[part])) for part in ("label", "split", "group")]
    rows += [(f"metadata: {name}", _place(where)) for name, where in reading["metadata"].items()]
    rows += [("encoding", reading["encoding"])] if reading["encoding"] else []
    rows += [(f"“{name}” is", meaning) for name, meaning in (reading["splits"] | reading["classes"]).items()]
    for each in reading["tables"]:
        known = ", ".join(filter(None, (each["encoding"], f"columns separated by {each['delimiter']!r}")))
        known = known if each["delimiter"] else each["encoding"]
        rows.append(
            (f"table: {each['path']}", f"file names in the column “{each['file']}”{f' ({known})' if known else ''}")
        )
    lines = ["How the files would be read; nothing is stored.", "", table(("part", "from"), rows)]
    lines += _listed("Why", document["reasons"].values())
    lines += _listed("Check before importing", document["doubts"])
    if reading["group"] is None:
        lines += _listed("Possible groups", (
            f"{each['name']}, {count(each['count'], 'group')}: {_group_option(each['where'])}"
            for each in document["options"]["groups"]
        ))  # fmt: skip
    classes = outline["classes"]
    lines += ["", f"{count(len(classes), 'class', 'classes')}, {count(_files(classes.values()), 'example')}"]
    shown = list(classes.items())[:_MOST_CLASSES]
    if classes:
        lines.append(table(("class", "files", "such as"), ([name, each["files"], ", ".join(each["examples"])]
                                                           for name, each in shown)))  # fmt: skip
    if len(classes) > len(shown):
        lines.append(f"and {len(classes) - len(shown):,} more")
    if outline["splits"]:
        lines.append(", ".join(f"{size:,} {split}" for split, size in outline["splits"].items()))
    if outline["groups"]:
        groups = outline["groups"]
        lines.append(f"{count(groups['count'], 'group')} by “{groups['name']}”: {_few(groups['examples'], 3)} …")
    for name, each in outline["metadata"].items():
        lines.append(f"“{name}” is a {each['kind']}: {_few(each['samples'], 3)}")
    if outline["unlabelled"]:
        lines.append(f"{count(outline['unlabelled'], 'file')} without a label, kept as unlabelled")
    for each in outline["left_out"]:
        lines.append(
            f"{count(each['files'], 'file')} left out. {each['reason']}: {_few(each['examples'], _MOST_FILES)}"
        )
    lines += _listed("Tables that are not used", (
        f"{each['path']}: {each['problem']}" for each in document["options"]["tables"] if each["problem"]
    ))  # fmt: skip
    return "\n".join(lines)


def _listed(title: str, sentences: Iterable[str]) -> list[str]:
    """Sentences under a title, a line each; nothing where there are none."""
    lines = [f"  {sentence.rstrip('.')}." for sentence in sentences]
    return ["", f"{title}:", *lines] if lines else []


def _files(outlines: Iterable[dict]) -> int:
    return sum(each["files"] for each in outlines)


def _place(where: dict | None) -> str:
    """Where a part of a reading comes from."""
    if where is None:
        return "none"
    if where["from"] == "level":
        level = where["level"]
        return (
            f"folder {level + 1} of the path" if level >= 0 else f"folder {-level} of the path, counted from the file"
        )
    if where["from"] == "columns":
        return f"the columns {_few(where['columns'], _MOST_FILES)}"
    return f"the {where['from']} “{where[where['from']]}”"


def _group_option(where: dict) -> str:
    """The option that makes the group of a column, folder or pattern."""
    if where["from"] == "column":
        return f"--group-column {shlex.quote(where['column'])}"
    level = where.get("level", 0)
    return f"--group-pattern {shlex.quote(where.get('pattern') or f'^(?:[^/]+/){{{level}}}([^/]+)/')}"


def _metrics(document: dict, splits: Sequence[str]) -> str:
    from tlcore.evaluation.metrics.measures import MEASURES  # with pandas, which most commands have no use for

    others = [name for name in MEASURES if name != "accuracy"]
    head = ("", "accuracy", "95 % interval", *(_title(MEASURES[name].title) for name in others), "n")
    sources = [("", document["metrics"])]
    sources += [(f"{name.replace('_', ' ')}, ", metrics) for name, metrics in document["baselines"].items()]
    rows = []
    for name, metrics in sources:
        for split in splits:
            if entry := metrics.get(split):
                low, high = entry["accuracy_interval"]
                numbers = (entry.get(key) for key in (*others, "n"))
                rows.append([f"{name}{split}", entry["accuracy"], f"{low:.4f} – {high:.4f}", *numbers])
    return table(head, rows)


def _title(title: str) -> str:
    """A measure's title as the head of a column."""
    title = title.removeprefix("Macro ")
    return title[:1].lower() + title[1:] if title[1:].islower() else title


def _slices(column: str, split: str, slices: list[dict] | None) -> list[str]:
    """A table of the slices of one split, a column a measure, with the word for each difference from the rest."""
    from tlcore.evaluation.metrics.measures import MEASURES

    if not slices:
        why = f"there are no {split} examples" if slices is None else f"it does not divide the {split} examples"
        return ["", f"No slices by “{column}”: {why}."]
    head = ("slice", "n", *(_title(each.title) for each in MEASURES.values()))
    rows = [
        [each["slice"], each["n"], *(_of_slice(each["measures"][measure]) for measure in MEASURES)] for each in slices
    ]
    return [
        "",
        f"By slice of “{column}” on {split}, worst accuracy first, with 95 % intervals:",
        table(head, rows),
        f"“Worse” and “better” are compared with the rest of {split}, after Holm's correction for "
        f"{count(len(slices), 'slice')}. Other differences may be due to chance.",
    ]


def _of_slice(measure: dict) -> str:
    if measure["value"] is None:
        return "undefined"
    text = f"{measure['value']:.4f}"
    if measure["interval"]:
        low, high = measure["interval"]
        text += f" ({low:.4f} – {high:.4f})"
    return f"{text} {measure['outcome']}" if measure["outcome"] in ("worse", "better") else text


def _val_accuracy(run: dict) -> float | None:
    entry = run["metrics"].get("val")
    return entry["accuracy"] if entry else None


def _few(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def _shape(shape: list[int | None]) -> str:
    return f"[{', '.join('any' if size is None else str(size) for size in shape)}]"


def _value(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
