"""What all commands share: one document on stdout with `--json`, errors in words, exit statuses."""

import contextlib
import functools
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable
from importlib.machinery import PathFinder

import click

from tlcore.base.errors import UserError, as_user_error
from tlcore.base.progress import Cancelled
from tlcore.base.progress_bar import noted_interrupts, printable

INTERRUPTED = 130


class Commands(click.Group):
    """Turns whatever happens in a command into its document and exit status."""

    def main(self, args=None, prog_name=None, **extra):
        args = list(sys.argv[1:] if args is None else args)
        _quieten_tensorflow()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError):  # another program's own stream
                stream.reconfigure(errors="backslashreplace")
        extra["standalone_mode"] = False
        try:
            with noted_interrupts():
                status = super().main(args, prog_name, **extra)
            sys.exit(status or 0)
        except click.UsageError as error:
            _say({"title": "Wrong usage", "detail": error.format_message(), "hint": _usage_hint(error)}, args, error)
            sys.exit(2)
        except (click.Abort, KeyboardInterrupt, Cancelled):
            _say({"title": "Interrupted", "detail": "The result was not kept", "hint": "Run the command again"}, args)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:  # whoever reads has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python's own flush fails again
            sys.exit(1)
        except Exception as error:
            known = as_user_error(error)
            if known is None:
                traceback.print_exc()
                hint = "Please report it, together with the traceback above"
                known = UserError("Internal error", f"{type(error).__name__}: {error}", hint)
            _say(known.to_dict(), args)
            sys.exit(1)


def _say(error: dict[str, str], args: list[str], usage: click.UsageError | None = None) -> None:
    """An error as a document on stdout where that was asked for, else in words on stderr, a line a part."""
    if usage:
        usage.show()
    if "--json" in args:
        click.echo(json.dumps({"error": error}, indent=1))
    elif not usage:
        _say_in_words(error)


def _say_in_words(error: dict[str, str]) -> None:
    lines = [f"Error: {error['title']}", *filter(None, (error["detail"], error["hint"]))]
    click.echo(printable("\n  ".join(lines)), err=True)


def _usage_hint(error: click.UsageError) -> str:
    return f"Try {error.ctx.command_path} --help" if error.ctx else "Try --help"


def _quieten_tensorflow() -> None:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # the app's workers may use the GPU too
    if _QuietImport not in sys.meta_path:
        sys.meta_path.insert(0, _QuietImport)


class _QuietImport:
    """Silences what TensorFlow's libraries say while they are loaded: the log level binds them only afterwards."""

    @staticmethod
    def find_spec(name: str, path=None, target=None):
        if name != "tensorflow":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: _silently(execute, module)
        return spec


def _silently(function: Callable, *args) -> None:
    """Calls a function while what native code writes to stderr is thrown away."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        function(*args)
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def answered(in_words: Callable[..., str]) -> Callable:
    """Gives a command `--json`: what it returns is printed as a document, or as `in_words` puts it.

    Of a document with an `error` the exit status is 1: the command failed, and what it found before is printed too.

    Args:
        in_words: takes the document, and those of the command's options that its parameters name.
    """
    _, *wanted = inspect.signature(in_words).parameters

    def decorate(function: Callable) -> Callable:
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON document to stdout.")
        @functools.wraps(function)
        def command(*args, as_json: bool, **options) -> None:
            with contextlib.redirect_stdout(sys.stderr):  # whatever libraries print is no part of the answer
                document = function(*args, **options)
                asked = {name: options[name] for name in wanted}
                text = json.dumps(document, indent=1) if as_json else printable(in_words(document, **asked))
            click.echo(text)
            if isinstance(document, dict) and "error" in document:
                if not as_json:
                    _say_in_words(document["error"])
                raise click.exceptions.Exit(1)

        return command

    return decorate
