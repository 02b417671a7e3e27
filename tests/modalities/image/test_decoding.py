"""Every picture is opened one way, or refused in words."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from tests.modalities.image.deep_files import png_in_16_bits, tiff_in_16_bits
from tlcore.base.errors import UserError
from tlcore.modalities.image.decoding import inspect, looks_like_picture, open_rgb, thumbnail
from tlcore.modalities.image.entry import ENTRY

FACTS = tuple(fact.name for fact in ENTRY.facts)


def encoded(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    buffer.seek(0)
    return buffer


def huge_png(side):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


JPEGS = {
    "baseline": lambda image: encoded(image, "JPEG"),
    "progressive": lambda image: encoded(image, "JPEG", progressive=True, quality=95, subsampling=0),
    "grey": lambda image: encoded(image.convert("L"), "JPEG"),
    "CMYK": lambda image: encoded(image.convert("CMYK"), "JPEG"),
    "turned": lambda image: encoded(image, "JPEG", exif=turned_by(6)),
    "restarts": lambda image: encoded(image, "JPEG", restart_marker_rows=1),
}


def turned_by(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("kind", JPEGS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_jpeg_that_was_meddled_with_is_passed_exactly_where_it_is_opened(kind, data):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    content = bytearray(JPEGS[kind](Image.fromarray(pixels)).getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    try:
        opened = open_rgb(io.BytesIO(content))
    except UserError as error:
        with pytest.raises(UserError) as refused:
            inspect(io.BytesIO(content))
        assert refused.value.title == error.title
    else:
        suffix, facts, *_ = inspect(io.BytesIO(content))
        assert (suffix, facts["width"], facts["height"]) == (".jpg", *opened.size)


@pytest.mark.parametrize(
    ("format", "suffix"),
    [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("BMP", ".bmp"), ("GIF", ".gif"), ("TIFF", ".tif")],
)
def test_every_format_is_read_whatever_its_name_says(tmp_path, picture, format, suffix):
    path = tmp_path / "holiday.txt"
    path.write_bytes(picture(1, format))
    found, facts, *_ = inspect(path)
    assert (found, facts["width"], facts["height"]) == (suffix, 12, 9)
    image = open_rgb(path)
    assert (image.mode, image.size) == ("RGB", (12, 9))
    original = np.asarray(Image.open(io.BytesIO(picture(1))), int)
    if format in ("PNG", "BMP", "TIFF"):
        np.testing.assert_array_equal(np.asarray(image), original)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_truncated_picture_is_refused(tmp_path, picture, format):
    content = picture(1, format, (200, 200))
    path = tmp_path / "cut.jpg"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"cut\.jpg"):
        inspect(path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I", "F", "I;16"])
def test_every_mode_becomes_rgb(mode):
    grey = np.linspace(0, 255, 64).astype(np.uint8).reshape(8, 8)
    image = Image.fromarray(grey)
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode in ("CMYK", "YCbCr", "RGBA"):
        image = image.convert("RGB").convert(mode)
    else:
        image = image.convert(mode)
    result = open_rgb(encoded(image, "TIFF"))
    assert result.mode == "RGB"
    if mode != "1":
        assert abs(np.asarray(result, int) - grey[..., None]).max() <= 4


def test_a_16_bit_png_keeps_its_upper_bits():
    values = np.array([[0, 256, 32768, 65535]], np.uint16)
    result = open_rgb(encoded(Image.fromarray(values)))
    assert np.asarray(result)[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_lies_on_white(mode):
    image = Image.new(mode, (2, 1), (0,) * len(mode))
    assert np.asarray(open_rgb(encoded(image))).min() == 255


def test_a_transparent_palette_lies_on_white():
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((1, 0), 1)
    pixels = np.asarray(open_rgb(encoded(image, "GIF", transparency=0)))
    assert pixels.tolist() == [[[255, 255, 255], [255, 0, 0]]]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_as_exif_says(tmp_path, format, orientation):
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:, :16] = 255  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned"
    path.write_bytes(encoded(Image.fromarray(pixels), format, exif=exif).getvalue())
    upright = open_rgb(path)
    assert upright.size == ((32, 16) if orientation < 5 else (16, 32))
    facts = inspect(path).facts
    assert (facts["width"], facts["height"]) == upright.size
    bright = np.asarray(upright.convert("L"), float) > 128
    side = {1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom"}[orientation]
    half = {"left": bright[:, :15], "right": bright[:, -15:], "top": bright[:15], "bottom": bright[-15:]}[side]
    assert half.mean() > 0.9
    assert bright.mean() < 0.6


def test_the_first_frame_of_an_animation_is_taken():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    result = open_rgb(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert result.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path):
    for side in (30_000, 12_000):
        path = tmp_path / f"{side}.png"
        path.write_bytes(huge_png(side))
        with pytest.raises(UserError, match="too large.*100 million") as caught:
            open_rgb(path)
        assert str(path) in caught.value.detail


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"hello, I am no picture\n" * 9, "text"),
        ("<html>größer</html>".encode(), "text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "header is damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "header is damaged"),
        (bytes(range(256)), "not a JPEG"),
    ],
)
def test_what_is_no_picture_is_said_to_be_what_it_is(tmp_path, content, word):
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(UserError, match=word) as caught:
        open_rgb(path)
    assert "x.jpg" in caught.value.detail
    with pytest.raises(UserError, match=word):
        open_rgb(io.BytesIO(content))


def test_a_missing_picture_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        open_rgb(tmp_path / "gone.jpg")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_spoil_a_picture(picture):
    content = picture(1, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(20))
    assert open_rgb(io.BytesIO(content)).size == (12, 9)


def test_enough_pixels_are_decoded_when_fewer_will_do(picture):
    content = picture(1, "JPEG", (640, 320))
    small = open_rgb(io.BytesIO(content), size=(100, 50))
    assert 100 <= small.width < 640
    assert small.height >= 50


def test_thumbnails_are_small_pictures(tmp_path, picture):
    path = tmp_path / "a.tif"
    path.write_bytes(picture(1, "TIFF", (300, 100)))
    small = Image.open(io.BytesIO(thumbnail(path, 60)))
    assert (small.format, small.size) == ("JPEG", (60, 20))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_pictures_are_known_by_their_first_bytes(picture, format):
    assert looks_like_picture(picture(1, format)[:16])
    assert not looks_like_picture(b"name,label\n")


def facts_of(pixels, format="PNG", **options):
    return inspect(encoded(Image.fromarray(pixels.astype(np.uint8)), format, **options)).facts


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_facts_of_a_picture_are_its_luminance_in_numbers(format):
    halves = np.repeat(np.repeat([[0, 255]], 60, axis=1), 90, axis=0)[..., None].repeat(3, axis=2)
    facts = facts_of(halves, format)
    assert tuple(facts) == FACTS
    assert (facts["width"], facts["height"]) == (120, 90)
    assert facts["brightness"] == pytest.approx(0.5, abs=0.01)
    assert facts["contrast"] == pytest.approx(0.5, abs=0.02)
    grey = facts_of(np.full((90, 120, 3), 51), format)
    assert (grey["brightness"], grey["contrast"], grey["sharpness"]) == (pytest.approx(0.2, abs=0.01), 0, 0)


def test_facts_do_not_depend_on_the_number_of_pixels_nor_on_the_format():
    wave = np.sin(np.linspace(0, 12, 1024))[:, None] * np.sin(np.linspace(0, 9, 768))[None, :]
    large = (127.5 + 100 * wave)[..., None].repeat(3, axis=2)
    expected = facts_of(large)
    for shrunk in (large[::2, ::2], large[::4, ::4]):
        for format in ("PNG", "JPEG", "WEBP"):
            facts = facts_of(shrunk, format)
            for name in FACTS[2:]:
                assert facts[name] == pytest.approx(expected[name], abs=0.01)


def test_a_blurred_picture_is_less_sharp():
    sharp = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8))
    blurred = sharp.filter(ImageFilter.GaussianBlur(2))
    assert inspect(encoded(blurred)).facts["sharpness"] < 0.3 * inspect(encoded(sharp)).facts["sharpness"]


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (500, 2), (3, 3)])
def test_the_smallest_pictures_have_facts(size):
    facts = inspect(encoded(Image.new("RGB", size, "white"))).facts
    assert [facts[name] for name in FACTS] == [*size, 1, 0, 0]


@pytest.mark.parametrize(("format", "suffix"), [("HEIF", ".heic"), ("AVIF", ".avif"), ("PPM", ".ppm")])
def test_what_phones_and_laboratories_write_is_read(tmp_path, format, suffix):
    pillow_heif.register_heif_opener()
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = (200, 40, 40)
    path = tmp_path / "picture.jpg"
    path.write_bytes(encoded(Image.fromarray(pixels), format, quality=95).getvalue())
    assert looks_like_picture(path.read_bytes()[:16]) or format == "PPM"
    assert inspect(path).suffix == suffix
    assert abs(np.asarray(open_rgb(path), int) - pixels)[:, 8:24].max() < 20
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError):
        inspect(path)


@pytest.mark.parametrize("format", ["HEIF", "AVIF"])
def test_a_turned_picture_of_a_phone_stands_upright(format):
    pillow_heif.register_heif_opener()
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = 255
    file = encoded(Image.fromarray(pixels), format, exif=turned_by(6).tobytes(), quality=95)
    assert (inspect(file).facts["width"], inspect(file).facts["height"]) == (48, 64)
    assert np.asarray(open_rgb(file))[:24].min() > 200


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\x0a" + bytes(range(100)), "JPEG XL is not supported"),
        (bytes(128) + b"DICM" + bytes(100), "DICOM is not supported; export as PNG"),
        (b"8BPS" + bytes(100), "Photoshop's format is not supported"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is not supported; it is a drawing"),
        (b"\0\0\0\x18ftypisom" + bytes(100), "videos are not supported"),
        (b"%PDF-1.7" + bytes(100), "PDF is not supported"),
        (b"II*\0\x10\0\0\0CR\x02" + bytes(100), "a camera's raw format is not supported"),
        (bytes(100), "not a JPEG"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(content, reason):
    with pytest.raises(UserError, match=reason):
        inspect(io.BytesIO(content))


def tiff(bands, bits, side=4):
    """A TIFF without compression that Pillow does not write."""
    data = bytes(side * side * bands * bits // 8)
    tags = [(256, side), (257, side), (258, bits), (259, 1), (262, 1), (273, 8), (277, bands), (278, side)]
    tags.append((279, len(data)))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<4sI", b"II*\0", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(
    ("bands", "bits", "reason"),
    [
        (13, 8, "13 bands; 1, 3 or 4"),
        (2, 16, "2 bands; 1, 3 or 4"),
        (1, 64, "1 band of 64 bits; 8 or 16"),
    ],
)
def test_a_tiff_that_is_no_picture_says_what_it_has(bands, bits, reason):
    with pytest.raises(UserError, match=reason):
        inspect(io.BytesIO(tiff(bands, bits)))


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_deep_picture_is_scaled_by_the_range_that_is_given(bits):
    deep = np.linspace(0, 2**bits - 1, 64).astype(np.uint16).reshape(8, 8)
    file = encoded(Image.fromarray(deep))
    assert inspect(file).values == (0, 2**bits - 1)
    shown = np.asarray(open_rgb(file, values=(0, 2**bits - 1)), int)[..., 0]
    np.testing.assert_array_equal(shown, np.floor(deep * (255 / (2**bits - 1)) + 0.5))


def test_a_range_changes_nothing_of_other_pictures(picture):
    for format in ("PNG", "JPEG"):
        content = picture(1, format)
        assert open_rgb(io.BytesIO(content), values=(0, 9)).tobytes() == open_rgb(io.BytesIO(content)).tobytes()
        assert inspect(io.BytesIO(content)).values is None


DEEP = np.random.default_rng(4).integers(0, 2**12, (5, 7, 4)).astype(np.uint16)


def scaled(values: np.ndarray, most: int = 2**12 - 1) -> np.ndarray:
    return np.floor(values * (255 / most) + 0.5)


IN_COLOUR = {
    "RGB PNG": png_in_16_bits(DEEP[..., :3]),
    **{
        f"{order} TIFF{', packed' * packed}, {extra}": tiff_in_16_bits(
            DEEP[..., : 3 if extra is None else 4], order, packed=packed, extra=extra
        )
        for order in ("II", "MM")
        for packed in (False, True)
        for extra in (None, 0)
    },
}


@pytest.mark.parametrize("kind", IN_COLOUR)
def test_colour_in_16_bits_is_scaled_by_the_range_that_is_given(kind):
    content = io.BytesIO(IN_COLOUR[kind])
    item = inspect(content)
    assert (item.values, item.note) == ((DEEP[..., :3].min(), DEEP[..., :3].max()), "")
    assert item.facts["brightness"] == pytest.approx(0.5, abs=0.1)
    shown = np.asarray(open_rgb(content, values=(0, 2**12 - 1)))
    np.testing.assert_array_equal(shown, scaled(DEEP[..., :3]))
    np.testing.assert_array_equal(np.asarray(open_rgb(content)), DEEP[..., :3] >> 8)  # as runs of before had it


def test_colour_in_16_bits_from_a_path_and_turned(tmp_path):
    content = tiff_in_16_bits(DEEP[..., :3], "II")
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    np.testing.assert_array_equal(np.asarray(open_rgb(path, values=(0, 4095))), scaled(DEEP[..., :3]))
    turned = content.replace(struct.pack("<HHII", 278, 4, 1, 5), struct.pack("<HHII", 274, 4, 1, 6))  # for rows a strip
    shown = np.asarray(open_rgb(io.BytesIO(turned), values=(0, 4095)))
    np.testing.assert_array_equal(shown, np.rot90(scaled(DEEP[..., :3]), -1))


@pytest.mark.parametrize("bands", [2, 4])
def test_colour_in_16_bits_lies_on_white_where_it_is_transparent(bands):
    deep = DEEP[..., :bands].copy()
    deep[..., -1] = np.where(np.arange(7) < 3, 0, 2**16 - 1)
    shown = np.asarray(open_rgb(io.BytesIO(png_in_16_bits(deep)), values=(0, 4095)))
    assert (shown[:, :3] == 255).all()
    np.testing.assert_array_equal(shown[:, 3:], np.broadcast_to(scaled(deep[:, 3:, :-1]), (5, 4, 3)))


def test_a_colour_in_16_bits_that_stands_for_transparent_is_white():
    content = png_in_16_bits(DEEP[..., :3], key=tuple(DEEP[2, 3, :3]))
    shown = np.asarray(open_rgb(io.BytesIO(content), values=(0, 4095)))
    expected = scaled(DEEP[..., :3])
    expected[2, 3] = 255
    np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize("how", [{"apart": True, "packed": True}, {"extra": 1}, {"kind": 5}])
def test_colour_in_16_bits_of_which_only_the_upper_8_can_be_read_is_named(how):
    pixels = DEEP if {"extra", "kind"} & set(how) else DEEP[..., :3]
    item = inspect(io.BytesIO(tiff_in_16_bits(pixels, "II", **how)))
    assert item.values is None and "upper 8 bits only" in item.note


def test_bands_of_16_bits_that_pillow_would_read_wrong_are_refused():
    with pytest.raises(UserError, match="one after another"):
        inspect(io.BytesIO(tiff_in_16_bits(DEEP[..., :3], "II", apart=True)))
