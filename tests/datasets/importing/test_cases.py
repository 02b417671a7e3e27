"""Inputs that people really have: those under `cases` in the folder that TLCORE_REAL_DATA names, read right."""

from pathlib import Path

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset, propose_import

pytestmark = pytest.mark.real_data

# case: classes with counts, splits as given, unlabelled pictures
RIGHT = {
    "plain": ({"bird": 14, "cat": 14, "dog": 14}, {}, 0),
    "two_per_class": ({"cat": 2, "dog": 2}, {}, 0),
    "one_class_of_two": ({"bird": 2, "cat": 40, "dog": 40}, {}, 0),
    "chest_xray": ({"NORMAL": 24, "PNEUMONIA": 24}, {"train": 32, "val": 4, "test": 12}, 0),
    "zip_backslash": ({"cat": 6, "dog": 6}, {}, 0),
    "cli_import_crash": ({"cat": 15, "dog": 5}, {}, 0),
    "cli_import_crash_two_splits": ({"cat": 12, "dog": 12}, {"train": 12, "test": 12}, 0),
    "intel_seg_train": ({"buildings": 11, "forest": 11, "sea": 11}, {"train": 24, "test": 9}, 4),
    "training_set_test_set": ({"cats": 11, "dogs": 11}, {"train": 16, "test": 6}, 0),
    "hf_imagefolder_metadata_csv": ({"bird": 11, "cat": 11, "dog": 11}, {"train": 24, "test": 9}, 0),
    "kaggle_train_csv_flat": ({"bird": 8, "cat": 8, "dog": 8}, {}, 6),
    "ham10000_parts": ({"bkl": 8, "mel": 8, "nv": 8}, {}, 0),
    "edge_impulse_info_labels": ({"bird": 11, "cat": 11, "dog": 11}, {"train": 24, "test": 9}, 0),
    "kaggle_same_data_twice": ({"no": 16, "yes": 16}, {}, 0),
    "plantvillage_variants": (
        {"Apple___Apple_scab": 15, "Apple___healthy": 15, "Corn_(maize)___Common_rust_": 15}, {}, 0
    ),
    "labels_csv_per_split": ({"bird": 11, "cat": 11, "dog": 11}, {"train": 24, "test": 9}, 0),
    "csv_no_header": ({"cat": 6, "dog": 6}, {}, 0),
    "csv_excel_sep_line": ({"cat": 6, "dog": 6}, {}, 0),
    "csv_bom_semicolon": ({"cat": 6, "dog": 6}, {}, 0),
    "csv_absolute_posix": ({"cat": 6, "dog": 6}, {}, 0),
    "csv_dotdot": ({"cat": 6, "dog": 6}, {}, 0),
    "csv_gbk": ({"苹果": 6, "香蕉": 6}, {}, 0),
    "csv_case_labels": ({"cat": 6, "dog": 6}, {}, 0),
    "flat_images_train_csv": ({"cat": 6, "dog": 6}, {}, 0),
    "dog_breed_labels_csv": ({"bird": 8, "cat": 8, "dog": 8}, {}, 5),
    "test_unknown_folder": ({"cat": 11, "dog": 11}, {"train": 16, "val": 6}, 4),
    "class_then_split": ({"cat": 11, "dog": 11}, {"train": 16, "test": 6}, 0),
    "images_and_masks": ({"COVID": 8, "Normal": 8}, {}, 0),
    "nested_classes": ({"mammals": 12, "others": 12}, {}, 0),
    "ipynb_checkpoints": ({"cat": 6, "dog": 6}, {}, 0),
    "zip_of_zips": ({"bird": 8, "cat": 8, "dog": 8}, {"train": 18, "test": 6}, 0),
    "zip_gbk_names": ({"猫": 6, "狗": 6}, {}, 0),
    "zip_gbk_unicode_extra": ({"猫": 6, "狗": 6}, {}, 0),
    "zip_gbk_one_class_becomes_two": ({"猫": 8, "狗": 8}, {}, 0),
    "zip_shift_jis": ({"りんご": 6, "表示": 6}, {}, 0),
}  # fmt: skip
# what a person should look at before the import
DOUBTS = {
    "plantvillage_variants": "“color”, “grayscale”, “segmented”",
    "nested_classes": "the outer ones",
    "ham10000_parts": "lesion_id",
    "csv_case_labels": "“Cat”",
}


@pytest.fixture
def case(real_data):
    def find(name: str) -> Path:
        path = real_data / "cases" / name / "input.zip"
        if not path.exists():
            pytest.skip(f"{path} is not there")
        return path

    return find


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_is_read_right(name, case):
    classes, splits, unlabelled = RIGHT[name]
    proposal = propose_import(case(name))
    outline = proposal.outline
    assert {label: each["files"] for label, each in outline["classes"].items()} == classes
    assert (outline["splits"], outline["unlabelled"]) == (splits, unlabelled)
    assert DOUBTS.get(name, "") in " ".join(proposal.doubts)
    assert bool(proposal.doubts) == (name in DOUBTS)


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_is_imported_as_it_was_proposed(name, case):
    classes, splits, unlabelled = RIGHT[name]
    dataset = import_dataset(case(name))
    assert set(dataset.class_names) == set(classes)
    assert dataset.splits_given == bool(splits)
    assert len(dataset.unlabelled) <= unlabelled
    assert bool(len(dataset.unlabelled)) == bool(unlabelled)


def test_metadata_and_group_of_a_table_are_kept(case):
    dataset = import_dataset(case("ham10000_parts"), group_column="lesion_id")
    assert dataset.group_column == "lesion_id"
    assert {"sex", "age", "localization", "lesion_id"} <= set(dataset.metadata)
    assert dataset.examples["age"].dtype == "float64"
    assert dataset.examples.groupby("lesion_id")["split"].nunique().max() == 1


def test_of_data_that_is_there_twice_each_picture_is_kept_once(case):
    dataset = import_dataset(case("kaggle_same_data_twice"))
    assert len(dataset.examples) == 16
    assert not [each for each in dataset.problems if each.kind == "conflicting duplicates"]


def test_variants_are_kept_as_a_column(case):
    dataset = import_dataset(case("plantvillage_variants"))
    assert set(dataset.examples["folder"]) == {"color", "grayscale", "segmented"}


def test_masks_are_left_out_and_said(case):
    dataset = import_dataset(case("images_and_masks"))
    assert len(dataset.examples) == 16
    assert sum(len(each.files) for each in dataset.problems if each.kind == "left out") == 16


def test_boxes_are_refused_as_what_they_are(case):
    with pytest.raises(UserError, match="YOLO") as caught:
        import_dataset(case("yolo_detection_layout"))
    assert caught.value.hint
