"""A reading as it is made up: folders, then tables, then file names, then what follows from the class."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from tlcore.base.errors import UserError
from tlcore.base.formatting import listed
from tlcore.datasets.filenames import may_be_item, suffix
from tlcore.datasets.importing.assign import JoinedTables, fates_of, open_tables, values_at, written_labels
from tlcore.datasets.importing.proposing import class_names, contradictions, groups
from tlcore.datasets.importing.proposing.annotations import boxes_in, masks_among
from tlcore.datasets.importing.proposing.contradictions import Source
from tlcore.datasets.importing.proposing.encoding_notes import encoding_notes
from tlcore.datasets.importing.proposing.folders import FolderReading, is_generic, prefixes, read_folders
from tlcore.datasets.importing.proposing.metadata_columns import metadata_columns
from tlcore.datasets.importing.proposing.name_patterns import beside_splits, class_pattern
from tlcore.datasets.importing.proposing.possible_splits import possible_splits
from tlcore.datasets.importing.proposing.unused_tables import explain_unused
from tlcore.datasets.importing.reading import (
    Column,
    Level,
    OneHot,
    Pattern,
    Reading,
    TableReading,
    Where,
    said,
)
from tlcore.datasets.importing.scan import Scan
from tlcore.datasets.importing.tables.columns import Columns, read_columns, reading_of
from tlcore.datasets.importing.tables.formats import read_table
from tlcore.datasets.importing.tables.table import NoTable

_LABELLED = 0.5  # of the files in labelled folders that tables should label


@dataclass
class Draft:
    """A reading as it comes about.

    Args:
        scan: the source.
        given: the parts that are chosen, by name.
    """

    scan: Scan
    given: Mapping[str, object]
    reading: Reading = field(default_factory=Reading)
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    columns: list[Columns] = field(default_factory=list)
    suggestions: list[groups.Suggestion] = field(default_factory=list)
    _splits: list[Source] = field(default_factory=list)  # the first is used
    names_table: str = ""  # that the classes' names are taken from

    def make(self) -> None:
        """Fills in all parts."""
        listing = self.scan.listing
        encoding = listing.encoding if listing.encodings else ""
        self.reading = replace(self.reading, modality=self.scan.modality.name, encoding=encoding)
        self._read_columns()
        self._find_masks()
        self._take(**{name: self.given[name] for name in ("encoding", "tables", "left_out") if name in self.given})
        self._find_label()
        self._find_split()
        self._take(**{name: value for name, value in self.given.items() if name not in ("metadata", "classes")})
        self._name_classes()
        self._find_metadata()
        self._take(**self.given)
        self._find_contradictions()
        tables = [each.table for each in self.columns if each.table.path in self.used_tables]
        self.reasons |= encoding_notes(self.scan, tables)
        unused = [each for each in self.columns if each.table.path not in self.used_tables]
        explain_unused(unused, self.reading, self.scan.problems)

    @property
    def used_tables(self) -> set[str]:
        """The paths of the tables that something is taken from."""
        return {each.path for each in self.reading.tables} | ({self.names_table} - {""})

    def _take(self, **parts: object) -> None:
        self.reading = replace(self.reading, **parts)

    # What there is

    @cached_property
    def _items(self) -> list[str]:
        """The files that are not left out, as masks are."""
        fates = fates_of(Reading(left_out=self.reading.left_out), self.scan.items)
        return [name for name, fate in zip(self.scan.items, fates, strict=True) if not fate]

    @cached_property
    def _folders(self) -> FolderReading:
        return read_folders(Counter(name.rpartition("/")[0] for name in self._items))

    @cached_property
    def joined(self) -> JoinedTables:
        """The tables that are used, beside the pictures."""
        if "tables" in self.given:
            return JoinedTables(self.scan.files, open_tables(self.reading, self.scan.tables))
        by_path = {each.table.path: each.table for each in self.columns}
        tables = [(by_path[each.path], each) for each in self.reading.tables if each.path in by_path]
        return JoinedTables(self.scan.files, tables)

    def _read_columns(self) -> None:
        for path, content in self.scan.tables.items():
            known = next((each for each in self.given.get("tables", ()) if each.path == path), None)
            try:
                if known:
                    table = read_table(path, content, encoding=known.encoding, delimiter=known.delimiter)
                    self.columns.append(read_columns(table, self.scan.files))
                else:
                    self.columns.append(read_columns(read_table(path, content), self.scan.files))
            except NoTable as error:
                if suffix(path) not in (".txt", ".json"):  # which most often are no tables at all
                    self.scan.problems[path] = str(error)

    def _find_masks(self) -> None:
        if masks := masks_among(self.scan.items):
            self._take(left_out=masks)
            count = sum(map(bool, fates_of(self.reading, self.scan.items)))
            self.reasons["left_out"] = f"{count:,} files are masks of other files"

    # The class

    def _find_label(self) -> None:
        usable = [each for each in self.columns if self._is_usable(each)]
        asked = self.given.get("label")
        if isinstance(asked, Column | OneHot):
            names = asked.columns if isinstance(asked, OneHot) else (asked.column,)
            having = [each for each in usable if set(names) <= set(each.table.columns)]
            self._use_tables(having or usable, usable)
            self._take(label=asked)
        elif isinstance(asked, Level | Pattern):
            self._use_tables([], usable)
            self._use_folders() if asked == self._folders.label else self._take(label=asked)
        elif "label" in self.given:
            self._use_tables([], usable)
        else:
            self._choose_label(usable)

    def _choose_label(self, usable: Sequence[Columns]) -> None:
        """The label that tables name, else folders, else tables by content, else the files' names."""
        labelling = [each for each in usable if each.label is not None]
        certain = [each for each in labelling if each.is_named]
        names = self._folders.names
        has_folders = len(names) > 1 and not (self._boxes and all(map(is_generic, names)))
        if certain and self._has_classes(certain) and 2 * self._count(certain) >= self._folders.count * has_folders:
            self._use_label(certain, usable)
        elif has_folders:
            self._use_tables([], usable)
            self._use_folders()
        elif labelling and self._has_classes(labelling):
            self._use_label(labelling, usable)
            self.doubts.append(
                f"The class is taken from the column {said(self.reading.label)}, whose name does not suggest a class"
            )
        else:
            self._use_tables([], usable)
            self._use_names()

    @cached_property
    def _boxes(self) -> str:
        """What boxes or outlines there are; "" for none."""
        of_tables = (f"boxes ({each.table.path})" for each in self.columns if each.boxes)
        return boxes_in(self.scan.annotations) or next(of_tables, "")

    def _count(self, tables: Sequence[Columns]) -> float:
        """How many pictures tables give a label, about."""
        return sum(each.share * each.table.rows for each in tables)

    def _has_classes(self, tables: Sequence[Columns]) -> bool:
        label = tables[0].label
        if isinstance(label, OneHot):
            return True
        values = {value for each in tables if each.label == label for value in each.table.column(label.column)}
        return len(values - {""}) > 1

    def _use_label(self, labelling: Sequence[Columns], usable: Sequence[Columns]) -> None:
        counts: Counter = Counter()
        for each in labelling:
            counts[each.label] += each.table.rows * each.share
        label = counts.most_common(1)[0][0]
        its = [each for each in labelling if each.label == label]
        self._use_tables(its, usable)
        self._take(label=label)
        paths = ", ".join(each.table.path for each in its[:3]) + (" …" if len(its) > 3 else "")
        what = "columns" if isinstance(label, OneHot) else "column"
        self.reasons["label"] = f"The class is taken from the {what} {said(label)} of {paths}"
        others = list(dict.fromkeys(name for each in its for name in each.candidates))
        if others and not its[0].is_named:
            self.reasons["label"] += f"; so could {', '.join(f'“{name}”' for name in others[:5])}"
        self._drop_contradicting(its)
        self._compare_with_pictures()

    def _drop_contradicting(self, tables: Sequence[Columns]) -> None:
        """Leaves a table out whose labels for the same files are mostly others than those of the one before."""
        label = self.reading.label
        if len(tables) < 2:
            return
        dropped = set()
        first: dict[int, str] = {}
        for path, pairs in self.joined.pairs(label):
            both = [(first[file], value) for file, value in pairs if file in first]
            unlike = sum(before.casefold() != value.casefold() for before, value in both)
            if both and 2 * unlike > len(both):
                dropped.add(path)
                self.scan.problems[path] = f"it contradicts another table for {unlike:,} of {len(both):,} files"
            else:
                first.update(pairs)
        self._set_tables([each for each in self.reading.tables if each.path not in dropped])

    def _compare_with_pictures(self) -> None:
        """Doubts a table that labels few of the pictures in the folders that it labels any of."""
        values = values_at(self.reading.label, self.scan.items, self.joined)
        by_folder: dict[str, Counter] = defaultdict(Counter)
        for name, value in zip(self.scan.items, values, strict=True):
            by_folder[name.rpartition("/")[0]][bool(value)] += 1
        touched = [each for each in by_folder.values() if each[True]]
        labelled = sum(each[True] for each in touched)
        count = sum(each.total() for each in touched)
        if labelled < _LABELLED * count:
            self.doubts.append(
                f"The tables give a class to only {labelled:,} of the {count:,} files in the folders they cover"
            )
        without = {folder for folder, each in by_folder.items() if not each[True]}
        if without:
            missing = sum(by_folder[folder].total() for folder in without)
            paths = {tuple(folder.split("/")) if folder else (): folder in without for folder in by_folder}
            self._take(unlabelled=tuple(path for path in prefixes(paths) if path != "*"))
            self.reasons["unlabelled"] = f"Files in folders without any label in the tables: {missing:,}"

    def _use_folders(self) -> None:
        folders = self._folders
        self._take(
            label=folders.label,
            unlabelled=folders.unlabelled,
            left_out=(*self.reading.left_out, *folders.left_out),
        )
        self.reasons |= {part: why for part, why in folders.reasons.items() if part != "split"}
        self.doubts += folders.doubts

    def _use_names(self) -> None:
        """The class from the files' names; where they have none, what folders say, or that there are boxes alone."""
        found, without = class_pattern(self._items)
        if self._boxes:
            raise UserError(
                "These files come with boxes or outlines, not with classes",
                f"There are {self._boxes}, and no folder or table gives each file one class",
                "Give one folder for each class, or a table with a class for each file; boxes can't be trained on",
            )
        if beside := beside_splits(self._items) if self._folders.label is None else None:
            self._take(label=Pattern(beside.pattern))
            shown = f"“{self._items[0]}” has the class “{beside.values[0]}”"
            self.reasons["label"] = f"The folder names hold the class next to the split: {shown}"
            self.doubts.append(f"The class is taken from the folder names, next to the split: {shown}")
        elif found:
            self._take(label=Pattern(found.pattern), unlabelled=tuple(folder for folder in without if folder))
            place = next(place for place, value in enumerate(found.values) if value)
            shown = f"“{self._items[place].rpartition('/')[2]}” has the class “{found.values[place]}”"
            self.reasons["label"] = f"The file names hold the class: {shown}"
            self.doubts.append(f"The class is taken from the file names: {shown}")
        elif self._folders.label is not None:
            self._use_folders()
        else:
            splits = list(self._folders.splits)
            hint = f": the folders {listed(splits)} are splits" if len(splits) > 1 else ""
            self.doubts.append(f"No class was found for the files in folders, tables or file names{hint}")

    # Tables

    def _is_usable(self, columns: Columns) -> bool:
        """Whether a table says something of files that are there; where it should and doesn't, that is noted."""
        table = columns.table
        if not columns.file or "submission" in table.path.rpartition("/")[2].casefold():
            return False
        if columns.boxes and columns.is_repeated:
            self.scan.problems[table.path] = "it gives several boxes for each file, not one class"
            return False
        if columns.is_multiple and columns.label is None:
            self.scan.problems[table.path] = "it gives a file several labels; only one is supported"
            return bool(columns.share and columns.others)
        if columns.share > 0:
            return True
        written = next((value for value in table.column(columns.file) if value), "")
        if columns.label is not None and suffix(table.path) != ".txt" and columns.is_file_column:
            names = self.scan.items
            files = f"the files have names such as “{min(names)[:100]}”" if names else "there are no files"
            why = f"it names none of the files; its first row has “{written[:100]}”, but {files}"
            self.scan.problems[table.path] = why
        return False

    def _use_tables(self, labelling: Sequence[Columns], usable: Sequence[Columns]) -> None:
        """Takes the tables that give the label, and then the others that have more to say of the same files."""
        if "tables" not in self.given:
            others = [each for each in usable if each not in labelling and (each.others or each.split)]
            self._set_tables([reading_of(each) for each in (*labelling, *others)])

    def _set_tables(self, tables: Sequence[TableReading]) -> None:
        self._take(tables=tuple(tables))
        vars(self).pop("joined", None)

    # The split

    def _find_split(self) -> None:
        """The first place that gives splits, of which all examples are not in the same one."""
        used = [each for each in self.columns if any(each.table.path == table.path for table in self.reading.tables)]
        for where, splits, reason in possible_splits(used, self._folders, self.reading):
            meant = [splits.get(value, "") for value in values_at(where, self.scan.items, self.joined)]
            meant = [split if label else "" for split, label in zip(meant, self._labels, strict=True)]
            if len({split for split, label in zip(meant, self._labels, strict=True) if label}) > 1:
                name = "the folders" if isinstance(where, Level) else f"the column {said(where)}"
                self._splits.append(Source(name, meant))
                if len(self._splits) == 1:
                    self._take(split=where, splits=splits)
                    self.reasons["split"] = reason

    # Contradictions

    def _find_contradictions(self) -> None:
        """Doubts where tables, columns and folders say different things of the same files."""
        names, label = self.scan.items, self.reading.label
        if self._splits and "split" not in self.given:
            self.doubts += contradictions.split_doubts(self._splits[0], self._splits[1:], names)
            if isinstance(self.reading.split, Column):
                disputes = self.joined.disputes(self.reading.split, self.reading.splits)
                self.doubts += contradictions.disputed("split", disputes, names, "The first one is used")
        likely = (each.where for each in self.suggestions if each.is_likely)
        for where in dict.fromkeys([self.reading.group, *likely]):
            if isinstance(where, Column):
                disputes = self.joined.disputes(where)
                self.doubts += contradictions.disputed(said(where), disputes, names, "The first one is used")
        if "label" in self.given or label is None:
            return
        if isinstance(label, Column | OneHot):
            disputes = self.joined.disputes(label, self.reading.classes)
            self.doubts += contradictions.disputed("class", disputes, names, "These files are left out")
        used = {each.path for each in self.reading.tables}
        columns = [each for each in self.columns if "tables" not in self.given or each.table.path in used]
        chosen = contradictions.labels_at(label, self.reading, self.scan.files, self.joined)
        others = contradictions.other_labels(self.reading, self.scan.files, columns, self._folders)
        self.doubts += contradictions.label_doubts(chosen, list(others), names)

    # What follows from the class

    @cached_property
    def _labels(self) -> list[str]:
        """The label of each picture as it is written."""
        return written_labels(self.reading, self.scan.items, self.joined)

    def _name_classes(self) -> None:
        """Names for labels that are codes, and one name for labels that differ by their spelling alone."""
        counts = Counter(label for label in self._labels if label)
        used = {each.path for each in self.reading.tables}
        from_table = isinstance(self.reading.label, Column | OneHot)
        tables = [
            each.table  # one whose codes are names of files by chance has no more rows than there are classes
            for each in self.columns
            if not _has_file_names(each)
            and (each.table.path not in used or (each.table.rows <= len(counts) and not from_table))
        ]
        names, path, is_certain = class_names.names_from_tables(counts, tables, self.scan.tables)
        if names:
            self.names_table = path
            if path in used and "tables" not in self.given:
                self._set_tables([each for each in self.reading.tables if each.path != path])
            self.reasons["classes"] = f"The class names are taken from {path}"
            if not is_certain and "classes" not in self.given:
                label = min(names)
                self.doubts.append(
                    f"The class names are taken from {path}, which may not be a list of classes: “{label}” is named "
                    f"“{names[label]}”"
                )
            counts = Counter({names.get(label, label): count for label, count in counts.items()})
        merges = class_names.merges(counts)
        for written, name in merges.items() if "classes" not in self.given else ():
            self.doubts.append(
                f"“{written}” ({counts[written]:,}) and “{name}” ({counts[name]:,}) are treated as one class, “{name}”"
            )
        self._take(classes={**{label: merges.get(name, name) for label, name in names.items()}, **merges})

    def _find_metadata(self) -> None:
        """The columns that are kept, and those that look like a group."""
        kept: dict[str, Where] = {}
        if self.reading.label == self._folders.label:
            kept |= self._folders.metadata
        elif isinstance(self._folders.label, Level) and isinstance(self.reading.label, Level):
            kept["folder"] = self._folders.label
        used = [self.reading.label, self.reading.split, *(Column(each.file) for each in self.reading.tables)]
        used += map(Column, self.reading.label.columns) if isinstance(self.reading.label, OneHot) else ()
        places = [place for place, label in enumerate(self._labels) if label]
        found = metadata_columns(self.joined, used, places, [self._labels[place] for place in places], kept)
        self._take(metadata=found.kept)
        self.reasons |= found.reasons
        self._suggest_groups(found.like_groups, places)

    def _suggest_groups(self, columns: Mapping[str, Sequence[str]], places: Sequence[int]) -> None:
        """What may be the group, and a doubt for what looks like one and is not used."""
        written = values_at(self.reading.split, self.scan.items, self.joined)
        splits = [self.reading.splits.get(written[place], "") for place in places]
        names = [self.scan.items[place] for place in places]
        self.suggestions = groups.suggest(columns, names, [self._labels[place] for place in places], splits)
        if "group" not in self.given:
            self.doubts += [each.doubt for each in self.suggestions if each.is_likely and each.matters_with(splits)]


def _has_file_names(columns: Columns) -> bool:
    """Whether a table names files with their suffix, so that what stands beside them names no classes."""
    return bool(columns.file) and any(map(may_be_item, columns.table.column(columns.file)[:20]))
