"""Cells that come from a list, and the code page of the files."""

from datetime import datetime
from pathlib import Path

import pytest

from lds_assets.synthetic import tpp_files
from lds_assets.synthetic.tpp_files import write_manifest, write_windows_1252
from lds_assets.synthetic.tpp_lists import list_rows, render_terms


def test_a_term_of_a_system_list_is_always_a_number() -> None:
    for choice in (True, False):
        assert render_terms("[[address_type:Home]]", configured_as_numbers=choice) == "'55831'"


def test_a_term_of_a_unit_list_is_a_number_or_its_label() -> None:
    statement = "case when a then [[contact_location:Patient's home]] end"
    assert render_terms(statement, configured_as_numbers=True) == "case when a then '322' end"
    assert (
        render_terms(statement, configured_as_numbers=False)
        == "case when a then 'Patient''s home' end"
    )


def test_a_list_of_terms_keeps_its_brackets() -> None:
    rendered = render_terms(
        "[[[address_type:Home]], [[address_type:Temporary]]]", configured_as_numbers=True
    )
    assert rendered == "['55831', '55832']"


def test_an_unknown_term_is_an_error() -> None:
    with pytest.raises(KeyError):
        render_terms("[[address_type:Castle]]", configured_as_numbers=True)


def test_no_number_stands_for_two_terms_of_a_kind() -> None:
    seen = [(row.kind, row.row_id) for row in list_rows()]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 5, 1000])
def test_a_character_cut_by_a_piece_survives(
    piece_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tpp_files, "_PIECE_BYTES", piece_bytes)
    path = tmp_path / "SRPatient.csv"
    path.write_bytes("a,naïve £5,b\r\nNoël\r\n".encode())
    write_windows_1252(path)
    assert path.read_bytes() == b"a,na\xefve \xa35,b\r\nNo\xebl\r\n"
    assert [each.name for each in tmp_path.iterdir()] == ["SRPatient.csv"]


def test_what_the_code_page_lacks_becomes_a_question_mark(tmp_path: Path) -> None:
    path = tmp_path / "SRCode.csv"
    path.write_bytes("daily 🙂\r\n".encode())
    write_windows_1252(path)
    assert path.read_bytes() == b"daily ?\r\n"


def test_a_manifest_mixes_whole_files_and_deltas(tmp_path: Path) -> None:
    write_manifest(
        tmp_path,
        ("SRMapping", "SRCtv3", "SROrganisation", "SRPatient"),
        datetime(2026, 11, 19, 3, 20),
        datetime(2026, 11, 20, 4, 33),
    )
    assert (tmp_path / "SRManifest.csv").read_bytes().split(b"\r\n") == [
        b"FileName,IsDelta,IsReference,DateExtractFrom,DateExtractTo",
        b"SRCtv3,N,Y,,20261120_0433",
        b"SROrganisation,Y,Y,20261119_0320,20261120_0433",
        b"SRPatient,Y,N,20261119_0320,20261120_0433",
        b"",
    ]


def test_a_bulk_manifest_has_no_start(tmp_path: Path) -> None:
    write_manifest(tmp_path, ("SRPatient",), None, datetime(2026, 11, 18, 2, 7))
    assert (tmp_path / "SRManifest.csv").read_bytes().split(b"\r\n")[1] == (
        b"SRPatient,N,N,,20261118_0207"
    )
