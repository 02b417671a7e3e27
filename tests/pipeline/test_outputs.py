"""What done jobs left, as pages read it."""

import io
import zipfile

import numpy as np
import pandas as pd
from PIL import Image

import tlcore.base.workspace as workspace
from tlcore import jobs
from tlcore.jobs import Job
from tlcore.pipeline import outputs


def done(kind: str, result: dict | None = None) -> Job:
    job = jobs.submit(kind, {})
    workspace.write_json(job.folder / "result.json", result or {})
    return job


def test_one_file_is_downloaded_as_it_is_and_more_as_an_archive(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("one")
    job = done("export", {"path": str(out), "files": ["report.html"]})
    read, name = outputs.ExportOutput(job).download("run-report")
    assert (read(), name) == (b"one", "run-report.html")
    (out / "README.md").write_text("two")
    made = outputs.ExportOutput(job)
    read, name = made.download("run-report")
    assert name == "run-report.zip" and made.bytes == 6 and made.agreement is None
    assert sorted(zipfile.ZipFile(io.BytesIO(read())).namelist()) == ["README.md", "report.html"]


def test_predictions_and_the_previews_that_are_made():
    job = done("predict")
    pd.DataFrame({"path": ["a", "b"]}).to_parquet(job.folder / "predictions.parquet")
    (job.folder / "thumbnails").mkdir()
    (job.folder / "thumbnails" / "1").write_bytes(b"small")
    assert outputs.predicted_table(job)["path"].tolist() == ["a", "b"]
    assert outputs.predicted_previews(job, [0, 1]) == [None, b"small"]


def test_previews_of_a_proposal_are_those_that_are_there():
    job = done("import", {"thumbnails": {"a/1.png": "thumbnail-0", "b/1.png": "thumbnail-1"}})
    (job.folder / "thumbnails-0.jpg").write_bytes(b"not it")
    (job.folder / "thumbnail-1").write_bytes(b"it")
    assert outputs.proposed_previews(job) == {"b/1.png": b"it"}


def test_augmented_items_and_pictures_of_an_explanation():
    job = done("preview")
    np.save(job.folder / "images.npy", np.ones((1, 3, 4, 4, 3), np.uint8))
    assert outputs.augmented_items(job).shape == (1, 3, 4, 4, 3)
    Image.new("L", (5, 4), 7).save(job.folder / "heat.png")
    heat = outputs.explanation_picture(job, "heat")
    assert heat.shape == (4, 5) and (heat == 7).all()
