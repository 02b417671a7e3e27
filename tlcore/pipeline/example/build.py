"""Builds the feature vectors that the example starts from.

::

    python -m tlcore.pipeline.example.build
"""

import pyarrow as pa
import pyarrow.parquet

from tlcore.datasets import import_sample, samples
from tlcore.features.extract import extract_features
from tlcore.modules import default_module
from tlcore.pipeline.example import VECTORS


def build() -> None:
    """Writes `vectors.parquet` beside this file: `sha256`, and `vector` in f32 without loss."""
    dataset = import_sample(samples()[0].name)
    vectors = extract_features(dataset, default_module())
    rows = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    table = pa.table({"sha256": dataset.examples["sha256"].tolist(), "vector": rows})
    pyarrow.parquet.write_table(
        table, VECTORS, compression="zstd", compression_level=19, use_dictionary=False,
        use_byte_stream_split=["vector.list.element"],
    )  # fmt: skip


if __name__ == "__main__":
    build()
