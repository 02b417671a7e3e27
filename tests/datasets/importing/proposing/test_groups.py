"""What may be a group is found wherever it stands, named by what it is, and pointed out before the import."""

import pytest

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")


def found(proposal):
    return {each["name"]: each["count"] for each in proposal.options["groups"]}


def spoken(folder=""):
    return [f"{folder.format(d)}{d}_{who}_{n}.png" for d in range(3) for who in SPEAKERS for n in range(8)]


def test_a_part_of_the_names_is_called_by_its_place_and_its_values(proposed):
    proposal = proposed(spoken("{}/"))
    assert found(proposal) == {"part 2 of the file name (george, jackson, lucas, …)": 6}
    assert proposal.doubts == (
        "Part 2 of the file name looks like a group (6 values such as “george”, “jackson”, “lucas”). Use it as the "
        "group; otherwise examples with the same value may be in both train and test",
    )
    (group,) = proposal.options["groups"]
    assert group["examples"] == ["george", "jackson", "lucas"]
    flat = proposed(spoken())
    assert list(found(flat)) == list(found(proposal))
    assert any("looks like a group" in each for each in flat.doubts)


def test_each_suggestion_has_a_name_and_a_place_of_its_own(proposed):
    names = [f"{c}/p{10 * k + n // 9}_s{n // 3 % 4 + 20 * k}x_{n}.png" for k, c in enumerate("ab") for n in range(72)]
    groups = proposed(names).options["groups"]
    assert len(groups) == 2
    assert len({each["name"] for each in groups}) == len({str(each["where"]) for each in groups}) == 2


@pytest.mark.parametrize(
    "names",
    [
        [f"{c}/{c}_{n}.png" for c in "abcdefgh" for n in range(9)],  # the class and a running number
        [f"{c}/x_{n:03d}_y.png" for c in "abc" for n in range(1, 20)],
        [f"{c}/img_{n % 3}_{n}.png" for c in "ab" for n in range(30)],
        [f"{c}/{100 * k + n}_img_x.png" for k, c in enumerate("ab") for n in range(30)],  # hardly repeats
        [f"{c}/site{c}_{n}.png" for c in "abcdefgh" for n in range(9)],  # each class has a group of its own
    ],
)
def test_running_numbers_classes_and_what_hardly_repeats_are_no_groups(names, proposed):
    proposal = proposed(names)
    assert found(proposal) == {}
    assert not proposal.doubts


def test_a_number_that_does_not_count_within_the_others_may_be_a_group(proposed):
    names = [f"{c}/{20 * k + who}_{n}.png" for k, c in enumerate("ab") for who in range(8) for n in range(5)]
    assert list(found(proposed(names)).values()) == [16]


def test_folders_that_look_like_groups_are_in_doubt(proposed):
    names = [f"{c}/patient{10 * k + p:02d}/{n}.png" for k, c in enumerate(("sick", "well")) for p in range(8)
             for n in range(5)]  # fmt: skip
    proposal = proposed(names)
    assert found(proposal) == {"folder 2 of the path (patient00, patient01, patient02, …)": 16}
    assert any(each.startswith("Folder 2 of the path looks like a group (16 values") for each in proposal.doubts)
    group = proposal.options["groups"][0]["where"]
    assert group == {"from": "level", "level": 1}
    chosen = proposed(names, group=type(proposal.reading.label)(1))
    assert not any("looks like a group" in each for each in chosen.doubts)
    assert chosen.outline["groups"]["count"] == 16


def test_what_parts_alike_is_suggested_once_the_column_first(proposed):
    names = [f"{c}/p{10 * k + p}/p{10 * k + p}_{n}.png" for k, c in enumerate("ab") for p in range(8) for n in range(5)]
    assert list(found(proposed(names)).values()) == [16]
    table = "file,label,patient\n" + "\n".join(f"{n},{n[0]},{n.split('/')[1]}" for n in names)
    proposal = proposed({**dict.fromkeys(names, b""), "labels.csv": table.encode()})
    assert found(proposal) == {"patient": 16}
    assert sum("looks like a group" in each for each in proposal.doubts) == 1


def test_a_column_in_which_each_class_has_its_own_value_is_no_group(proposed):
    names = [f"{n}.png" for n in range(64)]
    table = "file,label,site\n" + "\n".join(f"{name},c{n % 8},site {n % 8}" for n, name in enumerate(names))
    proposal = proposed({**dict.fromkeys(names, b""), "labels.csv": table.encode()})
    assert found(proposal) == {}
    assert not proposal.doubts


def test_of_given_splits_only_groups_in_several_of_them_are_in_doubt(proposed):
    def names(split_of):
        return [f"{split_of(p, n)}/{c}/{c}p{p}_{n}.png" for c in "ab" for p in range(9) for n in range(6)]

    apart = proposed(names(lambda p, n: ("train", "val", "test")[p % 3]))
    assert found(apart)
    assert not apart.doubts
    mixed = proposed(names(lambda p, n: ("train", "val", "test")[n % 3]))
    assert any("looks like a group" in each for each in mixed.doubts)
