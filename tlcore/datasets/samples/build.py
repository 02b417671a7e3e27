"""Builds the samples from two npm packages, the same bytes each time.

::

    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0     # then unpack each
    python -m tlcore.datasets.samples.build GOOGLE_PACKAGE_DIR TWITTER_PACKAGE_DIR
"""

import json
import re
import sys
import zipfile
from pathlib import Path

_HERE = Path(__file__).parent
_EACH = 60
_CLASSES = {  # by subcategory
    "animals": "animal-.*",
    "faces": "face-.*|cat-face|monkey-face",
    "food": "food-.*|drink",
    "people": "person|person-role|person-fantasy",
    "places": "place-.*",
    "vehicles": "transport-(ground|air|water)",
}
_LEFT_OUT = {  # what is no thing of its class, by short name
    "animals": ["coral", "feather", "feet", "pig_nose", "wing"],
    "places": [
        "barber",
        "bricks",
        "carousel_horse",
        "compass",
        "earth_africa",
        "earth_americas",
        "earth_asia",
        "globe_with_meridians",
        "hotsprings",
        "japan",
        "rock",
        "world_map",
    ],
    "vehicles": [
        "anchor",
        "busstop",
        "construction",
        "fuelpump",
        "motorway",
        "octagonal_sign",
        "oil_drum",
        "railway_track",
        "ring_buoy",
        "rotating_light",
        "seat",
        "traffic_light",
        "vertical_traffic_light",
        "wheel",
    ],
}


def choose(google: Path, twitter: Path) -> list[tuple[str, str]]:
    """(class, file name) of each emoji: those that both styles draw, no two of them alike in either.

    Skin tones are left out: the package keeps them apart from the emoji that they vary.
    """
    emoji = json.loads((google / "emoji.json").read_text(encoding="utf-8"))
    chosen, seen = [], set()
    emoji = [entry for entry in emoji if entry["has_img_google"] and entry["has_img_twitter"]]
    emoji.sort(key=lambda entry: entry["sort_order"])
    for label, subcategory in _CLASSES.items():
        candidates = []
        for entry in emoji:
            if not re.fullmatch(subcategory, entry["subcategory"]) or entry["short_name"] in _LEFT_OUT.get(label, ()):
                continue
            pictures = {_picture(google, "google", entry["image"]), _picture(twitter, "twitter", entry["image"])}
            if not pictures & seen:
                candidates.append(entry["image"])
                seen |= pictures
        count = min(_EACH, len(candidates))
        chosen += [(label, candidates[number * len(candidates) // count]) for number in range(count)]
    return chosen


def build(google: Path, twitter: Path) -> None:
    """Writes `emoji-google.zip` and `emoji-twitter.zip` beside this file."""
    chosen = choose(google, twitter)
    for vendor, package in (("google", google), ("twitter", twitter)):
        with zipfile.ZipFile(_HERE / f"emoji-{vendor}.zip", "w") as archive:
            _add(archive, "LICENSE.txt", (_HERE / f"LICENSE-emoji-{vendor}.txt").read_bytes())
            for label, file in chosen:
                _add(archive, f"{label}/{file}", _picture(package, vendor, file))


def _picture(package: Path, vendor: str, file: str) -> bytes:
    return (package / "img" / vendor / "64" / file).read_bytes()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=(2024, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build(Path(sys.argv[1]), Path(sys.argv[2]))
