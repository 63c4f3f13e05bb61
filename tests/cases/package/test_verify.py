import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.package import verify as room
from cases.package.archive import BEGINNING, MANIFEST, SIGNATURE, SIGNER, SUMS, attachment_name, packed
from cases.package.signing import FILE, fingerprint, public_pem, signing_key
from cases.package.verify import Check, expected_key, verify
from records.source import BadInput

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
FINGERPRINT = fingerprint(public_pem(KEY))
FILES = {"case.json": b"{}", "report.pdf": b"%PDF", "attachments/1-函.pdf": b"x" * 5_000}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return _put(tmp_path, packed(FILES, {"case": {"id": "tender:T"}}, KEY)[0])


def _put(folder: Path, content: bytes) -> Path:
    path = folder / "case.zip"
    path.write_bytes(content)
    return path


def _repacked(path: Path, change: Callable[[dict[str, bytes]], None], compression: int = 0) -> Path:
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, BEGINNING), content, compression)
    return path


def _faults(checks: list[Check]) -> list[str]:
    return [c.what for c in checks if not c.holds]


def test_an_untouched_package_holds(package: Path) -> None:
    checks = verify(package, FINGERPRINT)
    assert _faults(checks) == []
    assert {f"{n} is as it was signed" for n in (*FILES, SUMS, SIGNER)} <= {c.what for c in checks}


def test_the_same_files_and_key_give_the_same_bytes() -> None:
    assert packed(FILES, {"a": 1}, KEY)[0] == packed(dict(reversed(FILES.items())), {"a": 1}, KEY)[0]


def test_packing_it_anew_changes_nothing_that_is_signed(package: Path) -> None:
    assert _faults(verify(_repacked(package, lambda _: None, zipfile.ZIP_DEFLATED), FINGERPRINT)) == []


@pytest.mark.parametrize("name", [*FILES, SUMS])
def test_a_changed_file_is_named(package: Path, name: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[name] = bytes([files[name][0] ^ 1]) + files[name][1:]

    assert _faults(verify(_repacked(package, change))) == [f"{name} is as it was signed"]


def test_a_file_cut_short_or_made_longer_is_named(package: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["case.json"], files["report.pdf"] = b"{", b"%PDF-longer"

    faults = _faults(verify(_repacked(package, change)))
    assert faults == ["case.json is as it was signed", "report.pdf is as it was signed"]


def test_a_missing_and_an_added_file_are_found(package: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        del files["report.pdf"]
        files["extra.txt"] = b"more"

    checks = {c.what: c for c in verify(_repacked(package, change))}
    assert checks["no file is missing"].seen == "'report.pdf'"
    assert checks["no file was added"].seen == "'extra.txt'"


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, SIGNER])
def test_what_signs_cannot_be_left_out(package: Path, name: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        del files[name]

    assert _faults(verify(_repacked(package, change)))


def test_a_changed_manifest_breaks_the_signature(package: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = files[MANIFEST].replace(b"tender:T", b"tender:U")

    assert _faults(verify(_repacked(package, change))) == ["the manifest is signed by the key in the package"]


def test_signing_anew_with_another_key_shows_in_the_key_only(tmp_path: Path) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    package = _put(tmp_path, packed({**FILES, "case.json": b"[]"}, {}, other)[0])
    assert _faults(verify(package)) == []
    assert _faults(verify(package, FINGERPRINT)) == ["the key is the expected one"]


def test_the_key_in_the_package_must_be_the_one_that_is_named(package: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
        files[SIGNER], files[SIGNATURE] = public_pem(other), other.sign(files[MANIFEST])

    faults = _faults(verify(_repacked(package, change)))
    assert faults == ["the manifest names that key", f"{SIGNER} is as it was signed"]


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "dir/", "x\x1b[2J", "CASE.json"]
)
def test_unsafe_names_stop_the_check(package: Path, name: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[name] = b""

    checks = verify(_repacked(package, change))
    assert _faults(checks)[0] == "names and number of files are safe"
    assert not any(c.what.endswith("as it was signed") for c in checks)


def test_no_more_is_read_than_was_signed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["case.json"] = b"\0" * 20_000_000
        files[MANIFEST] = files[MANIFEST].replace(b'"bytes": 2,', b'"bytes": 9,')

    monkeypatch.setattr(room, "_CHUNK", 8)
    bomb = _repacked(package, change, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 100_000
    seen = {c.what: c.seen for c in verify(bomb)}
    assert seen["case.json is as it was signed"] == "larger than the 9 bytes that were signed"


@pytest.mark.parametrize("size", ["-1", "1e3", "true", str(10**18)])
def test_a_size_that_is_none_is_no_manifest(package: Path, size: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = files[MANIFEST].replace(b'"bytes": 2,', f'"bytes": {size},'.encode())

    assert _faults(verify(_repacked(package, change))) == ["the manifest can be read"]


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b"[" * 100_000, b'{"format": "other", "files": []}'])
def test_what_is_no_manifest_is_said_so(package: Path, told: bytes) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = told

    assert _faults(verify(_repacked(package, change))) == ["the manifest can be read"]


@pytest.mark.parametrize("spoil", [lambda z: b"#!/bin/sh\n" + z, lambda z: z + b"tail"])
def test_bytes_around_the_files_are_found(package: Path, spoil: Callable[[bytes], bytes]) -> None:
    package.write_bytes(spoil(package.read_bytes()))
    assert "nothing lies outside the files" in _faults(verify(package))


@pytest.mark.parametrize("keep", [0, 10, 500, 3_000])
def test_a_file_that_is_no_zip_fails(package: Path, keep: int) -> None:
    package.write_bytes(package.read_bytes()[:keep])
    assert _faults(verify(package)) == ["is a zip that can be read"]


def test_any_flipped_byte_is_found(package: Path) -> None:
    whole = package.read_bytes()
    for place in range(0, len(whole), 97):
        package.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        # Time stamps, rights and versions in the zip's own tables carry nothing that is signed.
        if not _faults(verify(package, FINGERPRINT)):
            with zipfile.ZipFile(package) as archive:
                assert all(archive.read(n) == c for n, c in FILES.items())


def test_encrypted_or_oddly_packed_entries_are_refused(package: Path) -> None:
    assert _faults(verify(_repacked(package, lambda _: None, zipfile.ZIP_LZMA)))[0].startswith("names")
    whole = bytearray(package.read_bytes())
    for sign, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        struct.pack_into("<H", whole, whole.find(sign) + offset, 1)
    package.write_bytes(whole)
    assert _faults(verify(package))


def test_a_key_may_be_given_as_fingerprint_or_file(tmp_path: Path) -> None:
    pem = tmp_path / "signer.pem"
    pem.write_bytes(public_pem(KEY))
    spaced = "SHA256:" + ":".join(FINGERPRINT[i : i + 4] for i in range(0, 64, 4)).upper()
    assert expected_key(str(pem)) == expected_key(FINGERPRINT) == expected_key(spaced) == FINGERPRINT


@pytest.mark.parametrize("key", ["00", "no/such.pem"])
def test_a_key_that_is_none_is_bad_input(key: str) -> None:
    with pytest.raises(BadInput, match="neither a fingerprint nor a file"):
        expected_key(key)


def test_a_package_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such package"):
        verify(tmp_path / "none.zip")


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = signing_key(tmp_path)
    assert public_pem(signing_key(tmp_path)) == public_pem(first)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == [FILE]


def test_a_broken_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no key")
    with pytest.raises(BadInput, match="holds no Ed25519 key"):
        signing_key(tmp_path)
    assert (tmp_path / FILE).read_text() == "no key"


def test_names_of_attachments_are_safe_everywhere() -> None:
    names = [
        "../../etc/passwd",
        "a\\b",
        "C:evil",
        "x" * 300 + ".pdf",
        "\u202efdp.exe",
        "",
        "..",
        "函.pdf",
        "\ud800",
    ]
    made = [attachment_name(n, name) for n, name in enumerate(names)]
    assert len(set(made)) == len(names)
    content = packed(dict.fromkeys(made, b""), {}, KEY)[0]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert all(room._safe(n) for n in archive.namelist())
        listed = json.loads(archive.read(MANIFEST))["files"]
    assert all(len(f["name"].encode()) <= 160 for f in listed)
