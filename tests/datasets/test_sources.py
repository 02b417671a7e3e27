"""Whatever is given, an archive, a folder, files, is listed and read under the same names."""

from tlcore.datasets.sources import list_source, read_source

FILES = {"ants/1.png": b"one", "bees/2.png": b"two", "labels.csv": b"filename,label\n"}


def test_a_listing_names_what_is_read(make_zip, make_tar, make_folder):
    for source in (make_zip(FILES), make_tar(FILES, mode="w:gz"), make_folder(FILES)):
        listed = {entry.name for entry in list_source(source).entries}
        assert listed == {found.name for found in read_source(source)} == set(FILES)


def test_only_what_is_wanted_is_read(make_zip, make_tar, make_folder):
    for source in (make_zip(FILES), make_tar(FILES, mode="w:gz"), make_folder(FILES)):
        found = {found.name: found.stream.read() for found in read_source(source, only=lambda name: "csv" in name)}
        assert found == {"labels.csv": FILES["labels.csv"]}
