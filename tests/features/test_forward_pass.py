"""A pass gives TensorFlow's own rows in order, by whichever engine; what strays or can't be converted is not used."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import tlcore.base.workspace as workspace
from tests.evaluation.little_run import SIZE
from tests.modules import tiny
from tlcore.base.progress import Cancelled, Progress
from tlcore.datasets import import_dataset
from tlcore.features import forward_pass
from tlcore.features.engines import openvino
from tlcore.features.engines.engine_agreement import cosines, difference
from tlcore.features.extract import extract_features, module_pass
from tlcore.features.forward_pass import open_pass
from tlcore.features.inputs import load_inputs
from tlcore.features.store import eviction, shards
from tlcore.modalities import ItemTensor
from tlcore.modules import open_module
from tlcore.modules.module import Module, TensorFact

PICTURES = Module(name="pictures", handle="pictures", source="file", input=TensorFact(shape=(SIZE, SIZE, 3)))
needs_bf16 = pytest.mark.skipif(not openvino.has_bf16(), reason="this processor does not multiply bf16")


class Heard(Progress):
    """Keeps what it hears; asks to cancel from a number of pictures on."""

    def __init__(self, cancel_at: int | None = None):
        self.events = []
        self.cancel_at = cancel_at

    def event(self, kind, **fields):
        self.events.append((kind, fields))

    def request(self):
        done = [fields["done"] for kind, fields in self.events if kind == "step"]
        return "cancel" if self.cancel_at and done and done[-1] >= self.cancel_at else ""

    def named(self, kind):
        return [fields for each, fields in self.events if each == kind]


def pictures(count=70, size=SIZE, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), np.uint8)


def batches(rows, size=32):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def all_rows(frozen, rows, size=32, progress=None):
    parts = list(frozen.run(batches(rows, size), len(rows), progress, "rows"))
    assert [len(part[0]) for part in parts] == [len(batch) for batch in batches(rows, size)]
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def plain(call, rows):
    """Against which all is held: TensorFlow, a picture at a time."""
    import tensorflow as tf

    each = [call(tf.constant(row[None], tf.float32) / 255.0) for row in rows]
    return tuple(np.concatenate(output) for output in zip(*each, strict=True))


def convolve(x):
    """Two outputs, of different ranks: a map and its average."""
    import tensorflow as tf

    kernel = tf.constant(np.random.default_rng(1).normal(size=(3, 3, 3, 5)), tf.float32)
    found = tf.nn.relu(tf.nn.conv2d(x - 0.5, kernel, 1, "SAME"))
    return tf.reduce_mean(found, [1, 2]), found


WRITERS = {
    "callable": (tiny.write_batch_norm_module, {}),
    "several outputs": (tiny.write_dict_module, {"output": ("map", "logits")}),
    "signature only": (tiny.write_signature_only_module, {"output": "pooled"}),
    "TensorFlow 1": (tiny.write_tf1_module, {}),
}


@pytest.mark.parametrize("form", WRITERS)
def test_every_form_of_module_gives_tensorflow_s_rows_in_openvino(form, tmp_path):
    from tlcore.modules.build import build_backbone

    write, choice = WRITERS[form]
    shape = None if form == "TensorFlow 1" else (SIZE, SIZE, 3)
    module = open_module(str(write(tmp_path / "module")), input_shape=shape, value_range=(-1, 1), **choice)
    rows = pictures(70, module.input.shape[0])
    frozen = module_pass(module, precision="f32")
    (found,) = all_rows(frozen, rows)
    backbone = build_backbone(module)
    assert frozen.engine == "OpenVINO" and frozen.precision == "f32"
    assert difference((found,), plain(lambda x: (backbone(x),), rows)) < 1e-4


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_the_built_in_module_gives_tensorflow_s_rows(precision):
    from tlcore.modules import default_module
    from tlcore.modules.build import build_backbone

    module = default_module()
    rows = np.kron(pictures(8, 28), np.ones((1, 8, 8, 1), np.uint8))  # blurred noise is nearer to pictures
    frozen = module_pass(module, precision=precision)
    (found,) = all_rows(frozen, rows)
    backbone = build_backbone(module)
    expected = plain(lambda x: (backbone(x),), rows)
    if frozen.precision == "f32":
        assert difference((found,), expected) < 1e-4
    else:
        assert cosines((found,), expected).mean > 0.999


@pytest.mark.parametrize("size", [1, 7, 32])
def test_several_outputs_come_in_order_whatever_the_batches(size):
    rows = pictures(41)
    frozen = open_pass(convolve, PICTURES, precision="f32", keep_as="two")
    frozen.select_engine(rows[:32], len(rows))
    assert frozen.engine == "OpenVINO"
    found = all_rows(frozen, rows, size)
    assert [each.shape for each in found] == [(41, 5), (41, SIZE, SIZE, 5)]
    assert difference(found, plain(convolve, rows)) < 1e-4
    np.testing.assert_array_equal(found[0], all_rows(frozen, rows, 41)[0])  # no row knows its neighbours


def test_a_second_process_needs_no_tensorflow(tmp_path, make_images):
    """Features, probe, predictions and numbers of a module that was seen before, down to new pictures."""
    from tests.evaluation.little_run import tiny_module

    module = tiny_module(tmp_path)
    extract_features(import_dataset(make_images(tmp_path / "seen", size=20), name="seen"), module, precision="fast")
    other = import_dataset(make_images(tmp_path / "other", {"c": 20, "d": 20}, size=24), name="other")
    code = (
        "import sys; import tlcore\n"
        "from tlcore.evaluation.new_files import predict_files\n"
        f"dataset = tlcore.open_dataset({other.id!r})\n"
        f"run = tlcore.train(dataset, {module.id!r})\n"
        "table = predict_files(run, [dataset.file(id) for id in dataset.examples['id'][:3]])\n"
        "assert len(table) == 3 and run.has_result\n"
        "assert not {'tensorflow', 'keras', 'tf_keras', 'tensorflow_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))


def test_what_was_found_is_kept_and_not_looked_for_again():
    def never(x):
        raise AssertionError("TensorFlow was asked again")

    rows = pictures()
    heard = Heard()
    first = open_pass(convolve, PICTURES, precision="bf16", keep_as="same", progress=heard)
    found = all_rows(first, rows)
    again = open_pass(never, PICTURES, precision="bf16", keep_as="same")
    assert again.engine_selected
    assert (again.engine, again.precision, again.note) == (first.engine, first.precision, first.note)
    np.testing.assert_array_equal(all_rows(again, rows)[0], found[0])
    assert open_pass(never, PICTURES, precision="f32", keep_as="same").engine_selected
    assert not open_pass(never, PICTURES, precision="f32", keep_as="other").engine_selected
    assert len(list(workspace.place("compiled").iterdir())) == 1
    assert heard.named("pass") == [{"engine": first.engine, "precision": first.precision, "note": first.note}]
    assert [fields["message"] for fields in heard.named("log")] == [first.note]


@needs_bf16
def test_a_module_that_bf16_destroys_runs_in_f32_and_says_so():
    """A small signal on a large constant: bf16 has 8 bits for both."""
    import tensorflow as tf

    first = tf.constant(np.random.default_rng(1).normal(size=(3, 6)), tf.float32)
    second = tf.constant(np.vstack([np.eye(6), -np.ones((1, 6))]), tf.float32)

    def call(x):
        small = tf.tensordot(tf.reduce_mean(x, [1, 2]), first, 1)
        high = tf.concat([small + 1000.0, tf.fill([tf.shape(x)[0], 1], 1000.0)], 1)
        return (tf.linalg.matmul(high, second),)

    frozen = open_pass(call, PICTURES, precision="bf16", keep_as="destroyed")
    rows = pictures()
    found = all_rows(frozen, rows)
    assert (frozen.precision, "differs too much" in frozen.note) == ("f32", True)
    assert difference(found, plain(call, rows)) < 1e-2  # f32 itself loses three digits here


def test_a_graph_that_can_not_be_converted_runs_in_tensorflow_and_says_so():
    import tensorflow as tf

    def call(x):
        words = tf.strings.as_string(tf.reduce_sum(tf.cast(x * 255, tf.int32), [1, 2]))
        return (tf.cast(tf.strings.to_hash_bucket_fast(words, 97), tf.float32),)

    rows = pictures(40)
    frozen = open_pass(call, PICTURES, precision="bf16", keep_as="strings")
    np.testing.assert_array_equal(all_rows(frozen, rows)[0], plain(call, rows)[0])
    assert frozen.engine == "TensorFlow" and frozen.precision == "f32" and "OpenVINO can't run it" in frozen.note
    assert open_pass(call, PICTURES, precision="f32", keep_as="strings").engine == "TensorFlow"


def test_values_that_openvino_gets_wrong_are_tensorflow_s(monkeypatch):
    def wrong(model, stream, still):
        for rows in run(model, stream, still):
            yield tuple(each * 1.001 for each in rows)

    run = openvino.run
    monkeypatch.setattr(openvino, "run", wrong)
    rows = pictures()
    frozen = open_pass(convolve, PICTURES, precision="f32", keep_as="wrong")
    assert difference(all_rows(frozen, rows), plain(convolve, rows)) < 1e-5
    assert frozen.engine == "TensorFlow" and "differ from" in frozen.note


def test_few_pictures_are_not_converted_and_decide_nothing_for_later():
    rows = pictures()
    frozen = open_pass(convolve, PICTURES, precision="f32", keep_as="few")
    one = all_rows(frozen, rows[:1])
    assert frozen.engine == "TensorFlow" and not list(workspace.place("compiled").iterdir())
    assert difference(one, plain(convolve, rows[:1])) < 1e-5
    all_rows(frozen, rows)
    assert frozen.engine == "OpenVINO"


def test_trained_weights_are_converted_for_many_pictures_only_and_never_kept(monkeypatch):
    rows = pictures()
    few = open_pass(convolve, PICTURES, precision="f32")
    all_rows(few, rows)
    assert few.engine == "TensorFlow"
    monkeypatch.setattr(forward_pass, "_WORTH_CONVERTING", len(rows))
    many = open_pass(convolve, PICTURES, precision="f32")
    assert difference(all_rows(many, rows), plain(convolve, rows)) < 1e-4
    assert many.engine == "OpenVINO"
    assert not list(workspace.place("compiled").iterdir())


def test_a_pass_that_is_left_before_its_end_lets_the_next_one_run():
    rows = pictures(96)
    frozen = open_pass(convolve, PICTURES, precision="f32", keep_as="left")
    stream = frozen.run(batches(rows), len(rows))
    next(stream)
    stream.close()
    with pytest.raises(Cancelled):
        all_rows(frozen, rows, progress=Heard(cancel_at=32))
    assert len(all_rows(frozen, rows)[0]) == 96


@pytest.mark.parametrize("harm", ["thrown out", "damaged"])
def test_a_kept_model_that_is_thrown_out_or_damaged_is_converted_anew(harm):
    rows = pictures()
    frozen = open_pass(convolve, PICTURES, precision="f32", keep_as="harmed")
    expected = all_rows(frozen, rows)[0]
    again = open_pass(convolve, PICTURES, precision="f32", keep_as="harmed")
    assert again.engine_selected
    (folder,) = workspace.place("compiled").iterdir()
    if harm == "thrown out":
        shutil.rmtree(folder)
    else:
        (folder / "model.xml").write_text("<net")
    openvino.kept.cache_clear()
    np.testing.assert_array_equal(all_rows(again, rows)[0], expected)
    assert again.engine == "OpenVINO"
    assert open_pass(convolve, PICTURES, precision="f32", keep_as="harmed").engine_selected


def test_running_a_kept_model_counts_as_use():
    all_rows(open_pass(convolve, PICTURES, precision="f32", keep_as="used"), pictures())
    (folder,) = workspace.place("compiled").iterdir()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (1e9, 1e9))
    shards._marked.clear()
    all_rows(open_pass(convolve, PICTURES, precision="f32", keep_as="used"), pictures())
    assert eviction.kept_things()[0].used > 1e9


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError()])
def test_what_may_be_over_next_time_decides_nothing_that_is_kept(monkeypatch, error):
    def full(*_):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(openvino, "save", full)
        with pytest.raises(type(error)):
            all_rows(open_pass(convolve, PICTURES, precision="bf16", keep_as="full"), pictures())
    assert not list(workspace.place("compiled").iterdir())
    frozen = open_pass(convolve, PICTURES, precision="f32", keep_as="full")
    all_rows(frozen, pictures())
    assert frozen.engine == "OpenVINO"


def test_a_model_that_there_is_no_room_for_is_an_error_of_the_disk(tmp_path):
    model = openvino.convert(convolve, ItemTensor((SIZE, SIZE, 3), "uint8", 255.0))
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="can't be written"):
        openvino.save(model, tmp_path / "file" / "model.xml")


def test_a_module_of_no_finite_values_is_tensorflow_s():
    """Which one it is, nobody can tell from them; who asked for the rows refuses them."""

    def call(x):
        return (x[:, 0, 0] / 0 * 0,)

    frozen = open_pass(call, PICTURES, precision="bf16", keep_as="nan")
    assert np.isnan(all_rows(frozen, pictures())[0]).all()
    assert (frozen.engine, frozen.precision) == ("TensorFlow", "f32")


def test_no_pictures_give_no_rows():
    assert list(open_pass(convolve, PICTURES, precision="f32", keep_as="none").run([], 0)) == []


@pytest.mark.parametrize(("strays", "precision"), [(False, "f16"), (True, "f32")])
def test_a_gpu_does_the_pass_in_tensorflow_in_f16_where_that_is_safe(monkeypatch, strays, precision):
    import tensorflow as tf

    from tlcore.features.engines import tensorflow

    def run(compute, stream, still, *, reduced=False):
        for rows in stream:
            yield tuple(each[:, ::-1] if strays and reduced else each for each in compute(rows))

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"] if kind == "GPU" else [])
    monkeypatch.setattr(tensorflow, "run", run)
    rows = pictures()
    reduced = open_pass(convolve, PICTURES, precision="bf16", keep_as="gpu")
    all_rows(reduced, rows)
    assert (reduced.engine, reduced.precision) == ("TensorFlow", precision) and "GPU" in reduced.note
    exact = open_pass(convolve, PICTURES, precision="f32", keep_as="gpu")
    assert difference(all_rows(exact, rows), plain(convolve, rows)) < 1e-5
    assert (exact.engine, exact.precision) == ("TensorFlow", "f32") and "GPU" in exact.note


def test_importing_openvino_tells_nobody():
    code = (
        "import sys; import tlcore.features.engines.openvino; import openvino\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry.')]\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_settings_of_tensorflow_are_as_before_after_a_pass():
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options().get("auto_mixed_precision", False)
    exact = tf.config.experimental.tensor_float_32_execution_enabled()
    all_rows(open_pass(convolve, PICTURES, precision="f32"), pictures(3))
    assert tf.config.optimizer.get_experimental_options().get("auto_mixed_precision", False) == before
    assert tf.config.experimental.tensor_float_32_execution_enabled() == exact


@pytest.mark.real_data
def test_a_module_for_sound_can_be_converted(real_data):
    """Its numeric graph, on the sound that it takes; what pictures get, sound will."""
    import tensorflow as tf

    module = tf.saved_model.load(str(real_data / "modules" / "basic-pitch"))
    signature = module.signatures["serving_default"]
    name, spec = next(iter(signature.structured_input_signature[1].items()))
    shape = tuple(spec.shape[1:])

    def call(x):
        outputs = signature(**{name: x - 0.5})
        return tuple(outputs[key] for key in sorted(outputs))

    sound = np.random.default_rng(0).integers(0, 256, (8, *shape), np.uint8)
    compiled = openvino.compiled(openvino.convert(call, ItemTensor(shape, "uint8", 255.0)), "f32")
    (found,) = openvino.run(compiled, [sound], lambda: None)
    expected = tuple(np.asarray(each) for each in call(tf.constant(sound, tf.float32) / 255.0))
    assert difference(found, expected) < 1e-3  # its logarithms of next to nothing make rounding larger


@pytest.mark.real_data
def test_feature_vectors_of_photographs_are_tensorflow_s(real_data):
    from tlcore.modules import default_module
    from tlcore.modules.build import build_backbone

    dataset = import_dataset(real_data / "data" / "ants-bees.zip", name="ants and bees")
    module = default_module()
    rows = np.arange(0, len(dataset.examples), 20)
    heard = Heard()
    vectors = extract_features(dataset, module, progress=heard)
    assert heard.named("pass")[0]["engine"] == "OpenVINO"
    backbone = build_backbone(module)
    photographs = load_inputs(dataset, module.input_spec())[rows]
    assert difference((vectors[rows],), plain(lambda x: (backbone(x),), photographs)) < 1e-4


@needs_bf16
@pytest.mark.real_data
def test_predictions_of_a_probe_from_bf16_agree_with_those_from_f32(real_data):
    from tlcore.modules import default_module
    from tlcore.plans import Plan
    from tlcore.training.probe.probe import fit_probe

    dataset = import_dataset(real_data / "data" / "ants-bees.zip", name="ants and bees")
    module = default_module()
    heard = Heard()
    fast = extract_features(dataset, module, precision="fast", progress=heard)
    assert heard.named("pass")[0]["precision"] == "bf16"
    exact = extract_features(dataset, module)
    labels, splits = dataset.examples["label"].to_numpy(), dataset.examples["split"].to_numpy(str)
    probe = fit_probe(fast, labels, splits, Plan(), classes=2)
    predictions = [probe.probabilities(each).argmax(axis=1) for each in (fast, exact)]
    assert (predictions[0] == predictions[1]).mean() >= 0.995
