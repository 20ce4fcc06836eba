"""Labels in files (TC260-PG-20257A to 202510A): written where the guides say, and read back."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from media_samples import encoded, picture, samples
from PIL import Image
from pypdf import PdfReader
from ruamel.yaml import YAML

from gateway.labels.aigc import AigcLabel
from gateway.labels.media.marking import Propagator, labels_in, marked
from gateway.labels.media.medium import Unlabellable
from gateway.labels.media.png import PNG

LABEL = AigcLabel("001191110102MACQD9K64010000", "01930000-0000-7000-8000-000000000000")
OTHERS = AigcLabel("001191440300708461136T1XGW3", "another-number")
VALUE = LABEL.header.decode()
NAMES = sorted(samples())
PICTURES = [name for name in NAMES if name.endswith((".png", ".jpg", ".webp", ".gif", ".tiff"))]
PLAYED = [name for name in NAMES if name.endswith((".mp3", ".aac", ".flac", ".ogg", ".opus"))]
FILMS = [name for name in NAMES if name.endswith((".mp4", ".mov"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_written_once_and_read_back(name: str) -> None:
    """Every family takes the label whole, and a second marking changes no byte."""
    done = marked(samples()[name], LABEL, name)

    assert not done.kept
    assert [VALUE] == [found.value for found in labels_in(done.data, name)]
    again = marked(done.data, OTHERS, name)
    assert again.kept
    assert done.data == again.data


@pytest.mark.parametrize("name", NAMES)
def test_a_file_without_a_label_has_none(name: str) -> None:
    """The twin: nothing is read where nothing was written."""
    assert [] == labels_in(samples()[name], name)


@pytest.mark.parametrize("name", NAMES)
def test_a_propagator_is_filled_in_and_the_producer_stays(name: str) -> None:
    """A label that names no propagator gets one; there is still one label, of the same producer."""
    theirs = marked(samples()[name], OTHERS, name).data

    passed = marked(theirs, LABEL, name, Propagator("001191110102MACQD9K64020000", "P-1"))

    (found,) = labels_in(passed.data, name)
    fields = json.loads(found.value)
    assert OTHERS.content_producer == fields["ContentProducer"]
    assert ("001191110102MACQD9K64020000", "P-1") == (
        fields["ContentPropagator"],
        fields["PropagateID"],
    )


@pytest.mark.parametrize("name", PICTURES)
def test_no_pixel_changes(name: str) -> None:
    """A picture is not encoded anew, and keeps its frames."""
    before = Image.open(io.BytesIO(samples()[name]))
    after = Image.open(io.BytesIO(marked(samples()[name], LABEL, name).data))

    assert getattr(before, "n_frames", 1) == getattr(after, "n_frames", 1)
    for frame in range(getattr(before, "n_frames", 1)):
        before.seek(frame)
        after.seek(frame)
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()


def test_a_packet_that_is_there_is_added_to() -> None:
    """What a picture says of itself in XMP stays beside the label."""
    theirs = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf'
        b'-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
        b'dc:format="words"/></rdf:RDF></x:xmpmeta>'
    )
    files = [encoded(picture(), kind, xmp=theirs) for kind in ("JPEG", "WEBP")]
    files += [_with_packet(PNG.write(encoded(picture(), "PNG"), "placeholder"), theirs)]
    files += [encoded(picture(), "TIFF", tiffinfo={0x2BC: theirs})]
    for data in files:
        done = marked(data, LABEL)

        packet = Image.open(io.BytesIO(done.data)).info["xmp"]
        assert b'dc:format="words"' in packet
        assert [VALUE] == [found.value for found in labels_in(done.data)]


@pytest.mark.parametrize(
    "theirs",
    [
        b'<a xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" TC260:AIGC="%s"/>',
        b'<a xmlns:other="http://www.tc260.org.cn/ns/AIGC/1.0/"><other:AIGC>%s</other:AIGC></a>',
        b"<TC260:AIGC><![CDATA[%s]]></TC260:AIGC>",
    ],
)
def test_other_forms_of_the_property_are_read_and_kept(theirs: bytes) -> None:
    """An attribute, another prefix and CDATA are labels too; none gets a second one."""
    value = OTHERS.header if b"CDATA" in theirs else OTHERS.header.replace(b'"', b"&quot;")
    packet = b"<rdf:RDF>" + theirs % value + b"</rdf:RDF>"
    data = _with_packet(PNG.write(encoded(picture(), "PNG"), "placeholder"), packet)

    assert [OTHERS.header.decode()] == [found.value for found in labels_in(data)]
    assert data == marked(data, LABEL).data


def _with_packet(png: bytes, packet: bytes) -> bytes:
    """The picture with another packet in its first chunk of text."""
    start = png.index(b"iTXt") - 4
    length = int.from_bytes(png[start : start + 4])
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + packet
    chunk = len(text).to_bytes(4) + b"iTXt" + text + bytes(4)
    return png[:start] + chunk + png[start + 12 + length :]


def test_a_label_in_exif_is_read_and_kept() -> None:
    """The form of Annex B, JSON in `UserComment`, is a label: the picture gets no second one."""
    exif = Image.Exif()
    exif[0x9286] = b"ASCII\0\0\0" + b'{"AIGC":' + OTHERS.header + b"}"
    data = encoded(picture(), "JPEG", exif=exif)

    done = marked(data, LABEL, propagator=Propagator("001191110102MACQD9K64020000", "P-1"))

    assert done.kept
    assert data == done.data
    assert ["EXIF"] == [found.place for found in labels_in(data)]


@pytest.mark.parametrize("data", [b"", b"\0" * 64, b"words", b"\x89PN", b"RIFF\0\0\0\0AVI "])
def test_what_takes_no_label_is_refused(data: bytes) -> None:
    """A stranger is named as such rather than passed unlabelled."""
    with pytest.raises(Unlabellable):
        marked(data, LABEL)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_or_labelled(name: str) -> None:
    """Cut or altered anywhere, a file is labelled or refused; nothing else happens."""
    data, chance = samples()[name], random.Random(name)
    for _ in range(40 if name.endswith("pdf") else 150):
        broken = bytearray(data[: chance.randrange(1, len(data) + 1)])
        for _ in range(chance.randrange(4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            done = marked(bytes(broken), LABEL, name)
        except Unlabellable:
            continue
        assert labels_in(done.data, name)


def test_office_parts_stay_as_they_are() -> None:
    """A document gets a part, and its registration; every other part keeps its bytes."""
    before = zipfile.ZipFile(io.BytesIO(samples()["words.docx"]))
    after = zipfile.ZipFile(io.BytesIO(marked(samples()["words.docx"], LABEL).data))

    assert {"docProps/custom.xml"} == set(after.namelist()) - set(before.namelist())
    assert before.read("word/document.xml") == after.read("word/document.xml")
    assert b"/docProps/custom.xml" in after.read("[Content_Types].xml")
    assert b"docProps/custom.xml" in after.read("_rels/.rels")


def test_a_zip_bomb_is_refused() -> None:
    """A document that says it unpacks to more than a quarter of a gigabyte is not unpacked."""
    data = bytearray(samples()["words.docx"])
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (257 << 20).to_bytes(4, "little")

    with pytest.raises(Unlabellable, match="more than is taken"):
        marked(bytes(data), LABEL)


def test_a_stream_of_sound_whose_length_is_unknown_is_labelled() -> None:
    """Speech endpoints send WAV with a length of 2^32-1; the label stands before the sound."""
    data = bytearray(samples()["tone.wav"])
    data[4:8] = b"\xff" * 4
    at = data.index(b"data")
    data[at + 4 : at + 8] = b"\xff" * 4

    done = marked(bytes(data), LABEL).data

    assert done.index(b"AIGC") < done.index(b"data")
    assert [VALUE] == [found.value for found in labels_in(done)]


def test_front_matter_is_yaml_with_the_seven_keys_in_order() -> None:
    """Another reader of YAML finds what we wrote, and the title that was there."""
    text = marked(samples()["matter.md"], LABEL, "matter.md").data.decode()
    matter = YAML(typ="safe").load(text.split("---")[1])

    assert LABEL.as_dict() == matter["AIGC"]
    assert list(LABEL.as_dict()) == list(matter["AIGC"])
    assert "words" == matter["title"]


def test_the_pdf_library_reads_the_label() -> None:
    """The label is in the Info dictionary, beside the title."""
    info = PdfReader(io.BytesIO(marked(samples()["page.pdf"], LABEL).data)).metadata
    assert info is not None
    assert [VALUE, "words"] == [str(info[key]) for key in ("/AIGC", "/Title")]


# Tools of others. Where they are not installed, our own reader has to do.


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", [n for n in NAMES if not n.endswith((".md", ".txt"))])
def test_exiftool_reads_the_label(tmp_path: Path, name: str) -> None:
    """Exiftool finds the whole label in every binary family, and has nothing to warn of."""
    exiftool, path = tool("exiftool"), tmp_path / name
    path.write_bytes(marked(samples()[name], LABEL, name).data)

    # Of a chunk that it has no name for it tells only when asked for everything.
    told = said(exiftool, *(["-v3"] if name.endswith(".wav") else ["-a", "-G1"]), str(path))

    if "Archive::Zip" in told:
        pytest.skip("exiftool lacks the Perl module Archive::Zip")
    assert "Warning" not in told
    if name.endswith(".wav"):
        assert "RIFF 'AIGC' chunk" in told
    else:
        assert VALUE in told


@pytest.mark.parametrize("name", PLAYED + FILMS)
def test_ffprobe_reads_the_label_and_the_sound_is_the_same(tmp_path: Path, name: str) -> None:
    """FFmpeg finds the label, and decodes the same samples as before."""
    ffprobe, ffmpeg = tool("ffprobe"), tool("ffmpeg")
    before, after = tmp_path / name, tmp_path / f"labelled-{name}"
    before.write_bytes(samples()[name])
    after.write_bytes(marked(samples()[name], LABEL, name).data)

    told = json.loads(
        said(
            *(ffprobe, "-v", "error", "-of", "json"),
            "-show_entries",
            "format_tags:stream_tags",
            str(after),
        )
    )
    values = re.findall(r'"AIGC": "((?:[^"\\]|\\.)*)"', json.dumps(told))
    assert [VALUE] == [json.loads(f'"{value}"') for value in values]
    sums = [
        said(ffmpeg, "-v", "error", "-i", str(path), "-f", "md5", "-") for path in (before, after)
    ]
    assert sums[0] == sums[1]
