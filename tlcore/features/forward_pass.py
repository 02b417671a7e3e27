"""The frozen forward pass: items in, rows out, by the engine and at the precision that the first batch proves.

OpenVINO runs the graph where it can: in f32, or in bf16 where that is enough and the processor multiplies it. The first
real items that a module sees on a machine go through TensorFlow too, and whatever strays from it is not used. What
was found is kept beside the converted model, so that the next process needs neither TensorFlow nor the comparison.
"""

import contextlib
import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.base.progress import Progress
from tlcore.features.engines.engine_agreement import Cosines, cosines, difference
from tlcore.features.inputs import BATCH
from tlcore.features.store.shards import mark_used
from tlcore.modalities import ItemTensor, only_tensor
from tlcore.modules.module import Module

_MEAN_COSINE, _WORST_COSINE = 0.999, 0.99  # of reduced rows with TensorFlow's own: over the items compared, and any
_DIFFERENCE = 1e-4  # of f32 rows from TensorFlow's own, as a share of their length, for every picture compared
_COMPARED = 8  # fewer items than these decide nothing that is kept
_WORTH_CONVERTING = 600  # items, where the converted model is not kept: they take TensorFlow longer than that does
_VERSION = 1  # of what is converted and compared; another number makes every kept model a thing of the past
_SPARED = 2  # first convolutions that stay in f32 where the others are in bf16
_MODEL = "model.xml"
_one_at_a_time = threading.Lock()


class Engine(NamedTuple):
    """What runs a pass: "OpenVINO" or "TensorFlow", at "f32", "bf16" or (on a GPU) "f16"; a sentence on it."""

    engine: str
    precision: str
    note: str


def _tensorflow(why: str) -> Engine:
    return Engine("TensorFlow", "f32", f"The frozen part runs in TensorFlow, in f32: {why}.")


_FEW = _tensorflow("there are too few examples to make a conversion worthwhile")


class Pass:
    """A function of items, ready to run over many.

    Attributes:
        engine: "OpenVINO" or "TensorFlow".
        precision: "f32", "bf16" or "f16": what rows are computed in.
        note: one sentence on both, for log and page.

    All three are final once `engine_selected`; before, they are what is hoped for.
    """

    def __init__(
        self,
        call: Callable,
        tensor: ItemTensor,
        asked: str,
        folder: Path | None,
        progress: Progress,
        single: bool = False,
    ):
        self._call = call
        self._single = single
        self._tensor = tensor
        self._asked = asked
        self._folder = folder
        self._progress = progress
        self._compiled = None  # in OpenVINO, where it is not kept
        self._compute: Callable | None = None  # in TensorFlow
        self._said = False
        self._engine = self._kept()

    @property
    def engine_selected(self) -> bool:
        return self._engine not in (None, _FEW)

    @property
    def engine(self) -> str:
        return self._engine.engine if self._engine else "OpenVINO"

    @property
    def precision(self) -> str:
        return self._engine.precision if self._engine else self._asked

    @property
    def note(self) -> str:
        return self._engine.note if self._engine else ""

    def warm_up(self) -> None:
        """Gets ready what was chosen before, so that the next items are not held up."""
        if self.engine_selected and self.engine == "OpenVINO":
            try:
                self._in_openvino()
            except RuntimeError:  # thrown out meanwhile, or damaged: it is converted anew
                self._engine = None
                if self._folder is None:
                    raise
                with contextlib.suppress(UserError):
                    workspace.delete_folder("compiled", self._folder.name)

    def select_engine(self, items: np.ndarray, total: int, progress: Progress | None = None) -> None:
        """Chooses engine and precision by the first items, where that was not done yet; `run` does it too.

        Args:
            items: real ones, (n, …) as its module takes them; at most 32 of them are compared.
            total: how many there will be.
            progress: hears a step each second, then an event `pass`, and a line of the log where it is chosen now; may
                cancel.
        """
        progress = progress or self._progress
        self.warm_up()
        if not self.engine_selected:
            with _one_at_a_time, ThreadPoolExecutor(1, thread_name_prefix="pass") as thread:
                choice = thread.submit(self._choose, items[:BATCH], total)
                while not wait([choice], timeout=0.5).done:
                    progress.step(0, total, "examples", "comparing engines")
                self._engine = choice.result()
        if not self._said:
            self._said = True
            progress.event("pass", **self._engine._asdict())
            if self.engine_selected:
                progress.log(self.note)

    def run(
        self, batches: Iterable[np.ndarray], total: int, progress: Progress | None = None, name: str = ""
    ) -> Iterator[tuple[np.ndarray, ...]]:
        """Runs over batches of items while the next ones are being decoded.

        In a process one pass runs at a time: a second one waits until the first one's iterator has ended or was closed.

        Args:
            batches: (n, …) as its module takes them.
            total: how many items there are.
            progress: hears steps in examples, at least each second, and may cancel.
            name: what the steps are called.

        Yields:
            For each batch, in order, a tuple of arrays of n rows.
        """
        progress = progress or self._progress
        done = 0

        def still() -> None:
            progress.step(done, total, "examples", name)

        batches = iter(batches)
        still()
        first = next(batches, None)
        if first is None:
            return
        self.select_engine(first, total, progress)
        with _one_at_a_time, closing(self._rows(chain((first,), batches), still)) as passes:
            for rows in passes:
                done += len(rows[0])
                yield rows
                still()

    def _rows(self, batches: Iterable[np.ndarray], still: Callable[[], None]) -> Iterator[tuple[np.ndarray, ...]]:
        if self.engine == "OpenVINO":
            from tlcore.features.engines import openvino

            return openvino.run(self._in_openvino(), batches, still)
        from tlcore.features.engines import tensorflow

        return tensorflow.run(self._in_tensorflow(), batches, still, reduced=self.precision != "f32")

    def _kept(self) -> Engine | None:
        if self._folder is None or _has_gpu():
            return None
        try:
            return Engine(**workspace.read_json(self._folder / "engines.json")[self._asked])
        except FileNotFoundError:
            return None
        except (Damaged, KeyError, TypeError):  # it can be made again
            workspace.delete_folder("compiled", self._folder.name)
            return None

    def _choose(self, items: np.ndarray, total: int) -> Engine:
        if _has_gpu():
            return self._choose_on_gpu(items)
        if len(items) < _COMPARED or (self._folder is None and total < _WORTH_CONVERTING):
            return _FEW
        expected = self._in_tensorflow()(items)
        if self._folder is None:
            return self._prove(None, items, expected)["f32"]
        try:
            with workspace.new_folder("compiled", self._folder.name) as folder:
                engines = self._prove(folder, items, expected)
                documents = {asked: engine._asdict() for asked, engine in engines.items()}
                workspace.write_json(folder / "engines.json", documents)
        except OSError:
            if not self._folder.is_dir():  # it is there when another process was as fast
                raise
            return self._kept()
        return engines[self._asked]

    def _prove(self, folder: Path | None, items: np.ndarray, expected: tuple[np.ndarray, ...]) -> dict[str, Engine]:
        """What runs it for each precision asked for; a folder gets the model, and without one it stays in memory."""
        from tlcore.features.engines import openvino

        try:
            model = openvino.convert(self._call, self._tensor, self._single)
            compiled = openvino.compiled(model, "f32")
            f32 = _f32(difference(_once(compiled, items), expected))
            if folder is None:
                self._compiled = compiled
                return {"f32": f32}
            return {"f32": f32, "bf16": _bf16(f32, model, folder / _MODEL, items, expected)}
        except (OSError, MemoryError):  # that is not the graph's fault, and may be over next time
            raise
        except Exception as error:  # what OpenVINO makes of another's graph is not bounded
            lines = str(error).strip().splitlines() or [type(error).__name__]
            why = _tensorflow(f"OpenVINO can't run it ({lines[-1].strip()[:200]})")
            return {"f32": why, "bf16": why}

    def _choose_on_gpu(self, items: np.ndarray) -> Engine:
        f32 = Engine("TensorFlow", "f32", "The frozen part runs in TensorFlow on the GPU, in f32.")
        if self._asked == "f32":
            return f32
        from tlcore.features.engines import tensorflow

        compute = self._in_tensorflow()
        full, reduced = (next(tensorflow.run(compute, [items], _nothing, reduced=each)) for each in (False, True))
        if _bears(near := cosines(reduced, full)):
            note = f"The frozen part runs in TensorFlow on the GPU, in f16 (cosine with f32 {near.mean:.4f})."
            return Engine("TensorFlow", "f16", note)
        return _strays(f32, near)

    def _in_openvino(self):
        from tlcore.features.engines import openvino

        if self._folder is not None:
            mark_used(self._folder)
            return openvino.kept(self._folder / _MODEL, self.precision)
        return self._compiled

    def _in_tensorflow(self) -> Callable:
        if self._compute is None:
            from tlcore.features.engines import tensorflow

            self._compute = tensorflow.compiled(self._call, self._tensor)
        return self._compute


def open_pass(
    call: Callable, module: Module, *, precision: str, keep_as: str = "", progress: Progress | None = None
) -> Pass:
    """Gets a function of items ready to run over many of them.

    Args:
        call: float32 [n, …], decoded items divided by their tensor's divisor, to a tuple of float tensors whose first
            axis is n; called when TensorFlow is needed, and then only. Variables are made before, or in
            `tf.init_scope`.
        module: whose items go in.
        precision: "f32", or "bf16" for the fastest that the processor has and the model bears.
        keep_as: what the rows depend on (the module's fingerprint and so on): the converted model is kept under it,
            and the next process needs no TensorFlow. Empty: nothing is kept, as for weights that were just trained.
        progress: hears once which engine it became: an event `pass`, and a line of the log.
    """
    folder = None
    tensor = only_tensor(module.input_spec())
    if keep_as:
        from tlcore.features.engines import openvino

        depends_on = [keep_as, tensor.shape, openvino.version(), openvino.processor(), _VERSION]
        key = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:24]
        folder = workspace.place("compiled") / key
    return Pass(call, tensor, precision, folder, progress or Progress(), single=module.batch_size is not None)


def _f32(far: float) -> Engine:
    """What computes f32, from how far OpenVINO's rows are from TensorFlow's."""
    if far <= _DIFFERENCE:
        return Engine(
            "OpenVINO",
            "f32",
            f"The frozen part runs in OpenVINO, in f32 (within {far:.0e} of TensorFlow's own values).",
        )
    if np.isnan(far):
        return _tensorflow("some values are not finite, so OpenVINO's can't be compared with TensorFlow's")
    return _tensorflow(f"OpenVINO's values differ from TensorFlow's by {far:.1g} of their norm")


def _bf16(f32: Engine, model, path: Path, items: np.ndarray, expected: tuple[np.ndarray, ...]) -> Engine:
    """What serves where bf16 is enough; writes the model, and spares its first convolutions where that compiles."""
    from tlcore.features.engines import openvino

    if not openvino.has_bf16():
        openvino.save(model, path)
        return f32
    for spared in (_SPARED, 0):
        openvino.save(model, path, spared)
        try:
            compiled = openvino.compiled(path, "bf16")
        except RuntimeError:
            continue
        near = cosines(_once(compiled, items), expected)
        if _bears(near):
            note = f"The frozen part runs in OpenVINO, in bf16 (cosine with TensorFlow's own values {near.mean:.4f})."
            return Engine("OpenVINO", "bf16", note)
        return _strays(f32, near)
    return f32


def _once(compiled, items: np.ndarray) -> tuple[np.ndarray, ...]:
    from tlcore.features.engines import openvino

    return next(openvino.run(compiled, [items], _nothing))


def _bears(near: Cosines) -> bool:
    return near.mean >= _MEAN_COSINE and near.worst >= _WORST_COSINE


def _strays(f32: Engine, near: Cosines) -> Engine:
    why = f"Reduced precision differs too much (cosine {near.mean:.4f}, for the worst example {near.worst:.3f})."
    return f32._replace(note=f"{f32.note} {why}")


def _has_gpu() -> bool:
    """Whether TensorFlow can use a GPU; it is not asked where there is none to be seen."""
    if "tensorflow" not in sys.modules and not any(Path("/dev").glob("nvidia[0-9]*")) and not Path("/dev/kfd").exists():
        return False
    from tlcore.features.engines import tensorflow

    return tensorflow.has_gpu()


def _nothing() -> None:
    pass
