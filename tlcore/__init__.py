"""A transfer-learning workbench: labelled files and a pretrained module in, a model that is understood out.

What is named here is the Python interface; each is imported when it is first used, so that `import tlcore` costs
nothing.
"""

__all__ = [
    "Plan",
    "UserError",
    "catalogue",
    "edits",
    "extract_features",
    "import_dataset",
    "list_datasets",
    "list_runs",
    "open_dataset",
    "open_module",
    "open_run",
    "propose_import",
    "suggest_plan",
    "train",
]


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tlcore import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
