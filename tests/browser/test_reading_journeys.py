"""Archives as people have them: read right at first, or changed by the person before anything is stored."""

import io
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.journey import (
    MINUTES,
    choose,
    open_page,
    open_tab,
    open_view,
    press,
    settle,
    upload,
    wait_for_result,
)

ASKED = "Check how the files are read"


def picture(shade: int, number: int) -> bytes:
    """A picture of a colour a class, unlike any other."""
    pixels = np.random.default_rng([shade, number]).integers(0, 60, (48, 48, 3)) + [shade, 90, 195 - shade]
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def scenes() -> dict[str, bytes]:
    """As Intel's scenes come: splits inside names, twice nested, and pictures without a label."""
    files = {}
    for shade, scene in ((20, "buildings"), (90, "forest"), (170, "sea")):
        for split, count in (("seg_train", 10), ("seg_test", 4)):
            for n in range(count):
                files[f"archive/{split}/{split}/{scene}/{split}{n}.png"] = picture(shade, n + len(split) * 100)
    return files | {f"archive/seg_pred/seg_pred/{n}.png": picture(20, 900 + n) for n in range(5)}


def leaves() -> dict[str, bytes]:
    """As PlantVillage comes: three variants of the same classes."""
    return {
        f"plants/{variant}/{leaf}/{n}.png": picture(60 * place + 20 * which, n)
        for place, variant in enumerate(("color", "grayscale", "segmented"))
        for which, leaf in enumerate(("Apple___healthy", "Apple___scab"))
        for n in range(6)
    }


def lesions() -> dict[str, bytes]:
    """As HAM10000 comes: pictures in two parts, a table of diagnoses, several pictures of a lesion."""
    rows, files = ["lesion_id,image_id,dx,age,sex,localization"], {}
    for n in range(120):
        lesion = n // 2
        diagnosis = lesion % 3
        name = f"ISIC_{n:05}"
        sex, place = ("female", "male")[lesion // 3 % 2], ("back", "face", "trunk")[lesion // 6 % 3]
        rows.append(f"HAM_{lesion:04},{name},{('bkl', 'mel', 'nv')[diagnosis]},{30 + lesion % 40},{sex},{place}")
        files[f"HAM10000_images_part_{n // 60 + 1}/{name}.png"] = picture(20 + 70 * diagnosis, n)
    return files | {"HAM10000_metadata.csv": "\n".join(rows).encode()}


@pytest.fixture
def archive(tmp_path):
    """An archive of made files, or the real one of that name where there is real data."""

    def make(made: dict[str, bytes], case: str = "") -> Path:
        real = Path(os.environ.get("TLCORE_REAL_DATA", "")) / "cases" / case / "input.zip"
        if case and os.environ.get("TLCORE_REAL_DATA") and real.exists():
            return real
        with zipfile.ZipFile(tmp_path / "made.zip", "w") as file:
            for name, content in made.items():
                file.writestr(name, content)
        return tmp_path / "made.zip"

    return make


def import_named(page: Page, app, files: Path) -> None:
    page.goto(app.url)
    settle(page)
    upload(page, [files])


def test_scenes_are_read_right_at_first(app, page, archive, shoot):
    import_named(page, app, archive(scenes(), "intel_seg_train"))
    expect(page.get_by_text("Train a linear probe")).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    assert not page.get_by_text(ASKED).is_visible()
    for scene in ("buildings", "forest", "sea"):
        assert scene in page.content()
    open_view(page, re.compile("^Unlabelled"))
    expect(page.get_by_text("These files have no label")).to_be_visible()
    shoot(page, "reading-scenes-unlabelled")


def test_the_level_of_the_class_is_changed_before_anything_is_stored(app, page, archive, shoot):
    import_named(page, app, archive(leaves(), "plantvillage_variants"))
    expect(page.get_by_text(ASKED)).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    expect(page.get_by_text("Nothing has been stored yet")).to_be_visible()
    shoot(page, "reading-leaves-asked", full=True)
    folder = re.compile(r"Folder \d: color, grayscale, segmented")
    choose(page, "Class", folder)
    expect(page.get_by_role("img", name="An example of color").first).to_be_visible(timeout=MINUTES)
    settle(page)
    shoot(page, "reading-leaves-changed", full=True)
    press(page, "Import")
    expect(page.get_by_text("Train a linear probe")).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    open_view(page, "Classes")
    assert "segmented" in page.content()


@pytest.mark.parametrize("page", [{"color_scheme": "dark", "viewport": {"width": 420, "height": 900}}], indirect=True)
def test_the_question_reads_well_in_a_narrow_dark_window(app, page, archive, shoot):
    import_named(page, app, archive(lesions(), "ham10000_parts"))
    expect(page.get_by_text(ASKED)).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    shoot(page, "reading-lesions-narrow-dark", full=True)
    press(page, "Discard these files")
    expect(page.get_by_text(ASKED)).to_be_hidden()


def test_lesions_from_upload_to_results_by_slice(app, page, archive, shoot):
    import_named(page, app, archive(lesions()))
    expect(page.get_by_text(ASKED)).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    press(page, re.compile("Use .*lesion_id.* as the group"))
    expect(page.get_by_text(re.compile("Use .*lesion_id"))).to_be_hidden(timeout=MINUTES)
    settle(page)
    shoot(page, "reading-lesions-grouped", full=True)
    press(page, "Import")
    expect(page.get_by_text("Train a linear probe")).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    press(page, "Train a linear probe")
    wait_for_result(page)
    open_page(page, "Results")
    open_tab(page, "By slice")
    settle(page)
    choose(page, "Slice by", re.compile("sex"))
    expect(page.get_by_text(re.compile("[Cc]hance|worse than the rest")).first).to_be_visible()
    shoot(page, "reading-lesions-by-slice", full=True)
