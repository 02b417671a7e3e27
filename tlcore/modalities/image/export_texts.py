"""How an exported model of pictures is used: the words and programs in its README."""

from tlcore.modalities.modality import Range

_SAVEDMODEL = """
With TensorFlow alone, from the bytes of JPEG or PNG files to probabilities and feature vectors:

```python
import tensorflow as tf

model = tf.saved_model.load("PATH/OF/THIS/FOLDER")
names = open("PATH/OF/THIS/FOLDER/assets/class_names.txt", encoding="utf-8").read().split("\\n")
encoded = [open("picture.jpg", "rb").read()]
result = model.signatures["serving_default"](encoded=tf.constant(encoded))
print(names[int(tf.argmax(result["probabilities"][0]))], result["feature_vector"].shape)
```

`assets/class_names.txt` has the class names, one per line, in the order of `probabilities`.

As a module for another task, with TF Hub; pictures are float32 [n, {height}, {width}, 3] in 0…1, feature vectors
float32 [n, {feature_dim}]:

```python
import tensorflow_hub as hub

module = hub.load("PATH/OF/THIS/FOLDER")
feature_vectors = module(images, training=False)   # module.trainable_variables can be trained further
```

With tlcore, for another dataset; the layer groups keep their names:

```
python -m tlcore train OTHER_DATASET --module PATH/OF/THIS/FOLDER --unfreeze last:2
```

The signature decodes and resizes as tlcore does (rotated as EXIF says, resized to {height} × {width} without keeping
the aspect ratio, bilinear, transparent parts on white{values}), so the probabilities are those of the run. It reads
JPEG and PNG only, and may differ for JPEGs in CMYK: convert other pictures first.
"""
_PICTURES = """
`images` is float32 [1, {height}, {width}, 3], RGB in 0…1. The model takes pixels, so the program above prepares them as
in training: rotated as EXIF says,{values} transparent parts on white, resized to {height} × {width} without keeping the
aspect ratio, bilinear over the area that each new pixel covers. A JPEG is decoded at a reduced scale where that is
large enough. `class_names.txt` has the class names, one per line, in the order of the probabilities.
"""
_PICTURE_CODE = """names = open("PATH/OF/THIS/FOLDER/class_names.txt", encoding="utf-8").read().splitlines()
picture = Image.open("picture.jpg")
picture.draft("RGB", ({width}, {height}))
picture = ImageOps.exif_transpose(picture)
{scaling}picture = picture.convert("RGBA")
picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
images = np.asarray(picture.resize(({width}, {height}), Image.Resampling.BILINEAR), np.float32)[None] / 255
"""


_SCALING = """if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):  # grey with more than 8 bits
    scaled = (np.asarray(picture).astype(np.float64) - {low!r}) * (255 / {span!r}) + 0.5
    picture = Image.fromarray(scaled.clip(0, 255).astype(np.uint8))
"""
_IN_COLOUR = (
    " (the program does so for grey pictures; for 16-bit colour, use a reader that keeps all 16 bits, such as tifffile "
    "or OpenCV)"
)


def use_savedmodel(height: int, width: int, values: Range | None, feature_dim: int) -> str:
    """The use of a SavedModel, which decodes by itself."""
    scaled = values and f"; PNGs of 16 bits scaled from {values[0]:g}…{values[1]:g}"
    return _SAVEDMODEL.format(height=height, width=width, feature_dim=feature_dim, values=scaled or "")


def use_on_pictures(height: int, width: int, values: Range | None, imports: str, load: str, predict: str) -> str:
    """The use of a model that takes pixels: a whole program in Python, from a file to a label, and what goes in.

    Args:
        height: of the pictures that it takes, in pixels.
        width: of them.
        values: the range that pictures of more than 8 bits are scaled by.
        imports: lines that import what it needs, besides numpy and Pillow.
        load: lines that open the model; its folder is PATH/OF/THIS/FOLDER.
        predict: lines that make `probabilities`, of one picture, of `images`.
    """
    scaling = said = ""
    if values is not None:
        low, high = values
        scaling = _SCALING.format(low=low, span=high - low)
        said = f" values of more than 8 bits scaled from {low:g}…{high:g} to 0…255{_IN_COLOUR},"
    picture = _PICTURE_CODE.format(height=height, width=width, scaling=scaling)
    program = (
        f"import numpy as np\n{imports}\nfrom PIL import Image, ImageOps\n\n"
        f"{load}\n{picture}{predict}\nprint(names[int(probabilities.argmax())], float(probabilities.max()))"
    )
    return f"```python\n{program}\n```\n{_PICTURES.format(height=height, width=width, values=said)}"
