"""Who imports whom in a tree of sources, read without running any of it: `python -m tests.imports` draws it."""

import ast
import functools
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

TOPS = ("tlcore", "pages")


def modules(root: Path) -> dict[str, Path]:
    """The files of the engine and of the pages, and `app.py`, by the names that they are imported by."""
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for top in TOPS
        for path in sorted((root / top).rglob("*.py"))
    }
    if (root / "app.py").exists():
        found["app"] = root / "app.py"
    return found


def imports(path: Path, *, typing: bool = True) -> set[str]:
    """The full names of all that a file imports, inside functions too.

    Args:
        path: of the file.
        typing: whether what is imported for type checkers alone counts.
    """
    found = set()
    for node in _nodes(parse(path), typing):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _nodes(tree: ast.AST, typing: bool) -> Iterator[ast.AST]:
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        if not typing and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        else:
            todo += ast.iter_child_nodes(node)


def parse(path: Path) -> ast.Module:
    return _parse(path, path.stat().st_mtime_ns)


@functools.cache
def _parse(path: Path, _changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def graph(root: Path) -> dict[str, set[str]]:
    """The modules that each imports, without those for type checkers alone."""
    known = modules(root)
    return {
        name: {found for each in imports(path, typing=False) if (found := _module(each, known)) not in (None, name)}
        for name, path in known.items()
    }


def _module(name: str, known: dict[str, Path]) -> str | None:
    """The module that an imported name lies in; None where it is none of ours."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that lead to each other, each in order of their names (Tarjan's components)."""
    found: list[list[str]] = []
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        number[name] = lowest[name] = len(number)
        path.append(name)
        for other in sorted(edges[name]):
            if other not in number:
                visit(other)
            if other in path:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == number[name]:
            members = path[path.index(name) :]
            del path[path.index(name) :]
            if len(members) > 1:
                found.append(sorted(members))

    for name in edges:
        if name not in number:
            visit(name)
    return found


def between(edges: dict[str, set[str]], depth: int) -> dict[str, set[str]]:
    """The same between packages: names cut off after so many parts."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, others in edges.items():
        package = _cut(name, depth)
        found[package] |= {_cut(other, depth) for other in others} - {package}
    return dict(found)


def _cut(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def two_way_pairs(edges: dict[str, set[str]], depth: int = 3) -> set[tuple[str, str]]:
    """Pairs of packages or files of one room that import each other, as `datasets.editing` and `datasets.store`.

    A room's own `__init__`, which names what the room gives, is none of them.
    """
    near = between(edges, depth)
    return {
        (one, other)
        for one, others in near.items()
        for other in others
        if one < other
        and one in near.get(other, ())
        and one.count(".") == other.count(".") == depth - 1
        and _cut(one, depth - 1) == _cut(other, depth - 1)
    }


def private_names(path: Path) -> set[str]:
    """Names with a leading underscore that a file takes from another: imported, or reached through a module or object.

    What belongs to the language (`__name__`, a named tuple's `_asdict`), or to something of the file's own, is none.
    """
    tree = parse(path)
    nodes = list(ast.walk(tree))
    found = {
        f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in TOPS
        for alias in node.names
        if _is_private(alias.name)
    }
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name)}
    own |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_self(node.value)}
    reached = (node for node in nodes if isinstance(node, ast.Attribute) and not _is_self(node.value))
    return found | {
        ast.unparse(node) for node in reached if _is_private(node.attr) and node.attr not in own | _OF_LIBRARIES
    }


_OF_LIBRARIES = {"_asdict", "_replace", "_fields", "_make", "_exit"}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def entries(root: Path, seam: str) -> dict[str, str]:
    """The entries of a seam by name, as its `__init__` lists them: where the files of each lie.

    Args:
        root: of the tree.
        seam: the package, as `tlcore.modalities`, that has a dict `_ENTRIES` of modules by name.
    """
    tree = parse(root / seam.replace(".", "/") / "__init__.py")
    (listed,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_ENTRIES"
    )
    return {name: place.removesuffix(".entry") for name, place in ast.literal_eval(listed).items()}


def reaches_into_entries(root: Path, seam: str) -> dict[str, set[str]]:
    """The modules that import the files of an entry though they are none of it, and what they import."""
    places = entries(root, seam).values()
    found: dict[str, set[str]] = defaultdict(set)
    for name, others in graph(root).items():
        for other in others:
            found[name] |= {other for place in places if _is_in(other, place) and not _is_in(name, place)}
    return {name: others for name, others in found.items() if others}


def names_entries(root: Path, seam: str, field: str, names: Collection[str]) -> set[str]:
    """The modules outside a seam that name an entry: compare it, give it as an argument, or set it.

    That is a text among `names` that stands beside `field`: `each.modality == "image"`, `Module(modality="image")`,
    `modality: Literal["image"]`, `{"image": …}[module.modality]`, `match module.modality: case "image"`.

    Args:
        root: of the tree.
        seam: the package, whose own files may name their entries.
        field: what holds an entry's name.
        names: of the entries.
    """
    return {
        name for name, path in modules(root).items() if not _is_in(name, seam) and _names_one(parse(path), field, names)
    }


def _names_one(tree: ast.AST, field: str, names: Collection[str]) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                parts = [node.left, *node.comparators]
            case ast.keyword() if node.arg == field:
                parts = [ast.Name(field), node.value]
            case ast.AnnAssign():
                parts = [node.target, node.annotation, *([node.value] if node.value else [])]
            case ast.Assign():
                parts = [*node.targets, node.value]
            case ast.Subscript():
                parts = [node.slice, node.value]
            case ast.Match():
                parts = [node.subject, *(case.pattern for case in node.cases)]
            case _:
                continue
        if any(_is_field(part, field) for part in parts) and any(_holds(part, names) for part in parts):
            return True
    return False


def _is_field(node: ast.AST, field: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == field) or (isinstance(node, ast.Attribute) and node.attr == field)


def _holds(node: ast.AST, names: Collection[str]) -> bool:
    return any(isinstance(each, ast.Constant) and each.value in tuple(names) for each in ast.walk(node))


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def draw(root: Path) -> str:
    """A line a room: what it imports of the others."""
    near = between(graph(root), 2)
    return "\n".join(
        f"{name:28} {' '.join(sorted(other.removeprefix('tlcore.') for other in near[name]))}" for name in sorted(near)
    )


if __name__ == "__main__":
    print(draw(Path(__file__).parents[1]))
