"""The form of a plan: every setting with the reason of its suggestion, and only those that do something."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.shared.wording.formatting import escape
from tlcore.modules.module import Module
from tlcore.plans import Plan
from tlcore.plans.effective import takes_effect

_REGULARISATION = ("dropout", "l1", "l2", "label_smoothing")
_PRECISIONS = {"fast": "Fast (bf16 where supported)", "f32": "f32"}
_OPTIMIZERS = {"sgd": "SGD with momentum", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
_FLIPS = {"none": "None", "horizontal": "Left–right", "vertical": "Up–down", "both": "Both"}
_CLASS_WEIGHTS = {"none": "All examples weigh the same", "balanced": "Balanced: rare classes weigh more"}
_SCHEDULES = {"constant": "Constant", "cosine": "Cosine, down to zero"}
_BATCH_NORM = {"freeze": "Freeze all statistics", "update": "Update the statistics of trained groups"}


class PlanForm:
    """Draws the settings of a plan, section by section, and reads them back.

    Args:
        start: the plan that the form begins with.
        reasons: a sentence a setting.
        key: names the widgets; another key is another form with its own state.
    """

    def __init__(self, start: Plan, reasons: dict[str, str], key: str):
        self._start = start
        self._reasons = reasons
        self._key = key
        self._settings: dict[str, object] = {}

    @property
    def settings(self) -> dict[str, object]:
        """What `make_plan` takes: what was drawn as the person has it, the rest as the form began."""
        return {**self._start.model_dump(), **self._settings}

    def draw(self, module: Module) -> None:
        """Draws all sections but augmentation's."""
        trains = bool(self._start.train_groups)
        with st.expander("Linear probe", icon=":material/straighten:", expanded=not trains), _settings_grid():
            self._draw_probe()
        with st.expander("Head", icon=":material/account_tree:", expanded=False), _settings_grid():
            self._draw_head()
        if trains:
            with st.expander("Fine-tuning", icon=":material/tune:", expanded=True), _settings_grid():
                self._draw_fine_tune(module)
        if any(self._matters(name) for name in _REGULARISATION):
            with st.expander("Regularisation", icon=":material/compress:", expanded=False), _settings_grid():
                self._draw_regularisation()

    def draw_augmentation(self) -> None:
        """Draws the settings of augmentation."""
        with _settings_grid():
            self._choice("augment_flip", "Flips", _FLIPS)
            self._slider("augment_rotation", "Rotation, degrees", 0.0, 180.0, 5.0)
            self._slider("augment_shift", "Shift, share of a side", 0.0, 0.5, 0.05)
            self._slider("augment_shear", "Shear, degrees", 0.0, 45.0, 5.0)
            self._slider("augment_zoom", "Zoom, share", 0.0, 0.5, 0.05)
            self._slider("augment_brightness", "Brightness, share of full white", 0.0, 0.5, 0.05)
            self._slider("augment_contrast", "Contrast, share", 0.0, 0.9, 0.05)
            self._number("augment_copies", "Augmented copies made in advance (0: new ones each epoch)", 0, 100)

    def _draw_probe(self) -> None:
        tried = sorted({*Plan().probe_c, *self._start.probe_c})
        self._draw(
            "probe_c",
            lambda key: st.multiselect(
                "L2 strengths to try (C: smaller is stronger)",
                tried,
                default=list(self._start.probe_c),
                format_func=lambda c: f"{c:g}",
                key=key,
            ),
        )
        self._choice("precision", "Precision of feature extraction", _PRECISIONS)
        self._choice("class_weights", "Class weights", _CLASS_WEIGHTS)
        self._number("seed", "Seed", 0, 2**31 - 1)

    def _matters(self, name: str) -> bool:
        """Whether a setting does something in the plan as it has been drawn so far."""
        return takes_effect(name, Plan.model_construct(**self.settings))

    def _draw_head(self) -> None:
        start = self._start.hidden_units
        with st.container():
            layers = st.segmented_control(
                "Hidden layers",
                list(range(5)),
                default=len(start),
                required=True,
                wrap=True,
                key=f"{self._key}-layers",
                persist_state="session",
            )
            self._reason("hidden_units")
        units = [
            st.number_input(
                f"Units in hidden layer {place + 1}",
                1,
                8192,
                value=start[place] if place < len(start) else 256,
                key=f"{self._key}-units-{place}",
                persist_state="session",
            )
            for place in range(layers)
        ]
        self._settings["hidden_units"] = tuple(units)
        self._number("head_epochs", "Epochs on feature vectors", 1, 1000)
        self._rate("head_learning_rate", "Learning rate on feature vectors")
        if not self._start.train_groups:
            self._draw_batch_size()

    def _draw_batch_size(self) -> None:
        self._number("batch_size", "Batch size", 1, 4096)

    def _draw_fine_tune(self, module: Module) -> None:
        self._number("epochs", "Epochs", 1, 1000)
        self._draw_batch_size()
        self._choice("optimizer", "Optimizer", _OPTIMIZERS)
        self._rate("learning_rate", "Peak learning rate")
        self._choice("schedule", "Learning-rate schedule", _SCHEDULES)
        self._slider("warmup", "Warm-up, share of all steps", 0.0, 1.0, 0.05)
        self._rate("weight_decay", "Weight decay")
        self._number("early_stopping", "Early stopping: epochs without a lower val loss (0: never)", 0, 1000)
        everything = len(self._start.train_groups) == len(module.groups)
        if module.batch_norm_update == "trained" or (module.batch_norm_update == "all" and everything):
            self._choice("batch_norm", "Batch norm", _BATCH_NORM)
        else:
            self._settings["batch_norm"] = "freeze"

    def _draw_regularisation(self) -> None:
        self._slider("dropout", "Dropout before each layer of the head", 0.0, 0.9, 0.05)
        self._rate("l1", "L1 on the head's weights")
        self._rate("l2", "L2 on the head's weights")
        self._slider("label_smoothing", "Label smoothing", 0.0, 0.5, 0.01)

    def _choice(self, name: str, label: str, titles: dict[str, str]) -> None:
        options = list(titles)
        self._draw(
            name,
            lambda key: st.selectbox(
                label,
                options,
                index=options.index(getattr(self._start, name)),
                format_func=titles.get,
                key=key,
                persist_state="session",
            ),
        )

    def _number(self, name: str, label: str, low: int, high: int) -> None:
        self._draw(
            name,
            lambda key: st.number_input(
                label, low, high, value=getattr(self._start, name), key=key, persist_state="session"
            ),
        )

    def _rate(self, name: str, label: str) -> None:
        self._draw(
            name,
            lambda key: st.number_input(
                label,
                min_value=0.0,
                value=float(getattr(self._start, name)),
                step=1e-5,
                format="%.6f",
                key=key,
                persist_state="session",
            ),
        )

    def _slider(self, name: str, label: str, low: float, high: float, step: float) -> None:
        start = float(getattr(self._start, name))
        self._draw(
            name,
            lambda key: st.slider(
                label, low, max(high, start), value=start, step=step, key=key, persist_state="session"
            ),
        )

    def _draw(self, name: str, widget: Callable[[str], object]) -> None:
        """Draws a setting with the reason of its suggestion, if it does something in this plan."""
        if not self._matters(name):
            return
        with st.container(gap="small"):
            value = widget(f"{self._key}-{name}")
            self._reason(name)
        self._settings[name] = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value

    def _reason(self, name: str) -> None:
        st.caption(escape(self._reasons.get(name) or Plan.model_fields[name].description))


def _settings_grid():
    return st.grid(columns=3, min_column_width=240, gap="medium")
