"""Bad input: each a clear error with its place, an exit code that is not 0, and nothing lost or half taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import SAMPLE, Ran

pytestmark = pytest.mark.postgres
Marketplace = Callable[..., Ran]

STATEMENT = (SAMPLE / "mpesa_statement_2026-11.csv").read_text("utf-8")
FIRST_ROW = next(line for line in STATEMENT.splitlines() if line.startswith("TKD6479491"))


def _row(old: str, new: str) -> bytes:
    """The statement under new transaction ids, with its first payment changed."""
    assert old in FIRST_ROW
    return STATEMENT.replace(FIRST_ROW, FIRST_ROW.replace(old, new)).replace("TK", "TX").encode()


REFUSED = {
    "cut in half, within a row": (STATEMENT.encode()[: len(STATEMENT) // 2 - 7].replace(b"TK", b"TX"), "line"),
    "wrong encoding": (_row("BRIAN", "BRIÄN").decode().encode("latin-1"), "UTF-8"),
    "wrong header": (STATEMENT.replace("Paid In,", "Money,").encode(), "Paid In"),
    "another account": (STATEMENT.replace("555123", "777777").encode(), "777777"),
    "NaN": (_row('"4,000.00"', "NaN"), "NaN"),
    "1e9": (_row('"4,000.00"', "1e9"), "1e9"),
    "an impossible date": (_row("13-11-2026", "31-02-2026"), "31-02-2026"),
    "a formula": (_row("TKD6479491", "=1+1"), "receipt number"),
    "a transaction twice with two amounts": (
        (STATEMENT.replace(FIRST_ROW, FIRST_ROW + "\n" + FIRST_ROW.replace("4,000.00", "4,001.00"))).encode(),
        "4,001.00",
    ),
    "empty": (b"", "empty"),
    "a workbook": (b"PK\x03\x04 and so on", "Excel"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_statement_is_refused_whole(marketplace: Marketplace, tmp_path: Path, name: str) -> None:
    """The error names what is wrong, the code is 1, and no payment of the file was taken."""
    content, word = REFUSED[name]
    file = tmp_path / "statement.csv"
    file.write_bytes(content)
    before = marketplace("payments", "list", "--json").told
    refused = marketplace("payments", "import", file)
    assert refused.code == 1
    assert word in refused.err
    assert "Traceback" not in refused.err
    assert marketplace("payments", "list", "--json").told == before


def test_the_good_rows_are_taken_when_asked(marketplace: Marketplace, tmp_path: Path) -> None:
    """`--continue-on-error` takes the rest, names the bad row and ends with 3."""
    file = tmp_path / "statement.csv"
    file.write_bytes(_row('"4,000.00"', "NaN"))
    taken = marketplace("payments", "import", file, "--continue-on-error", "--json")
    assert taken.code == 3
    assert (taken.told["rejected"], taken.told["received"]["count"]) == (1, 28)
    assert taken.told["problems"][0]["column"] == "Paid In"


def test_a_byte_order_mark_does_no_harm(marketplace: Marketplace, tmp_path: Path) -> None:
    """The same statement with a BOM is the same statement: every payment is known already."""
    file = tmp_path / "statement.csv"
    file.write_bytes(b"\xef\xbb\xbf" + STATEMENT.encode())
    told = marketplace("payments", "import", file, "--json").told
    assert (told["received"]["count"], told["repeated"]) == (0, 29)


def test_a_file_cut_between_rows_is_told(marketplace: Marketplace, tmp_path: Path) -> None:
    """Rows missing at the end show in the balances: code 3 and a caution, never a silent success."""
    file = tmp_path / "statement.csv"
    file.write_text("\n".join(STATEMENT.splitlines()[:-10]) + "\n", "utf-8")
    taken = marketplace("payments", "import", file, "--json")
    assert taken.code == 3
    assert taken.told["cautions"]


def test_a_transaction_with_another_amount_is_refused_and_recorded(marketplace: Marketplace, tmp_path: Path) -> None:
    """A known transaction keeps its amount; the contradiction is told with its place, and the code is 3."""
    file = tmp_path / "statement.csv"
    file.write_text(STATEMENT.replace(FIRST_ROW, FIRST_ROW.replace("4,000.00", "9,000.00")), "utf-8")
    told = marketplace("payments", "import", file, "--json")
    assert told.code == 3
    assert told.told["contradictions"][0]["transaction"] == "TKD6479491"
    assert marketplace("explain", "TKD6479491", "--json").told["amount"]["amount"] == "4000.00"


def _folder(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / "first_system"
    folder.mkdir()
    for path in (SAMPLE / "first_system").glob("*.csv"):
        text = path.read_text("utf-8")
        if path.name == file:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / path.name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        ("leases.csv", "12000.00", "NaN", "NaN"),
        ("leases.csv", "2024-01-01", "2024-02-30", "2024-02-30"),
        ("leases.csv", "L02,", "L01,", "L01"),
        ("leases.csv", "KES", "USD", "USD"),
        ("leases.csv", "L02,U02", "L02,U01", "U01"),
        ("invoices.csv", "L01", "L99", "L99"),
        ("tenants.csv", "tenant_id", "tenant", "tenant"),
    ],
)
def test_a_bad_folder_is_refused_whole(
    marketplace: Marketplace, tmp_path: Path, file: str, old: str, new: str, word: str
) -> None:
    """Every problem of the folder is named with its file, and no portfolio is opened."""
    refused = marketplace("import", _folder(tmp_path, file, old, new), "--portfolio", "second", "--json")
    assert refused.code == 1
    assert any(word in f"{it['column']} {it['reason']}" for it in refused.told["error"]["problems"])
    assert marketplace("leases", "list", "--portfolio", "second").code == 1


def test_a_lease_over_an_existing_one_is_refused(marketplace: Marketplace) -> None:
    """A unit that is let cannot be let again over the same days; the new tenant is not recorded either."""
    terms = ("--unit", "A8", "--tenant", "bob", "--tenant-name", "Bob", "--start", "2026-11-01", "--rent", "9000")
    before = marketplace("replay", "--json").told["portfolios"][0]["events"]
    refused = marketplace("leases", "sign", "X1", *terms)
    assert (refused.code, "unit" in refused.err) == (1, True)
    assert marketplace("replay", "--json").told["portfolios"][0]["events"] == before


def test_a_folder_that_says_other_things_than_when_it_was_imported_is_refused(
    marketplace: Marketplace, tmp_path: Path
) -> None:
    """With what to do instead: what is new comes in a folder of its own."""
    folder = _folder(tmp_path, "units.csv", "U28,P2,NB-12", "U28,P2,NB-12\nU29,P2,NB-13")
    whole = ("import", folder, "--account", "paybill:555123", "--first-month", "2026-11")
    refused = marketplace(*whole)
    assert (refused.code, "27 leases" in refused.err, "what is new alone" in refused.err) == (1, True, True)
    for name in ("tenants", "leases"):
        file = folder / f"{name}.csv"
        file.write_text(file.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    for name in ("invoices", "payments", "receipts"):
        (folder / f"{name}.csv").unlink()
    assert marketplace(*whole).code == 0
    terms = ("--unit", "NB-13", "--start", "2027-01-01", "--rent", "9000", "--draft")
    assert marketplace("leases", "sign", "Z1", *terms, "--tenant", "zoe", "--tenant-name", "Zoe").code == 0
    assert marketplace("verify").code == 0


def test_signing_again_changes_no_tenant_and_no_lease(marketplace: Marketplace) -> None:
    """Who is known keeps name and phones; an id that is taken and a phone that is none are said as typed."""
    terms = ("--unit", "NB-12", "--start", "2027-01-01", "--rent", "9000", "--draft", "--tenant", "bob")
    assert marketplace("leases", "sign", "Y1", *terms, "--tenant-name", "Bob", "--phone", "0712 345678").code == 0
    before = marketplace("replay", "--json").told["portfolios"][0]["events"]
    for words, says in (
        (("Y2", *terms, "--tenant-name", "Bill", "--phone", "0712000000"), "tenant bob is Bob already"),
        (("Y1", *terms), "there is a lease Y1 already"),
        (("Y2", *terms[:-1], "jo", "--tenant-name", "Jo", "--phone", "12"), "phone '12'"),
    ):
        refused = marketplace("leases", "sign", *words)
        assert (refused.code, says in refused.err) == (1, True), refused.err
    assert marketplace("replay", "--json").told["portfolios"][0]["events"] == before
    again = ("leases", "sign", "Y3", *terms[:-1], "al", "--tenant-name", "Al", "--command-id", "ONCE")
    assert [marketplace(*again).code, marketplace(*again).code] == [0, 0]


def test_a_payment_to_an_unknown_lease_is_refused(marketplace: Marketplace) -> None:
    """Giving money to nobody changes nothing."""
    refused = marketplace("review", "choose", "TK94804902", "Z99", "--json")
    assert (refused.code, refused.told["error"]["kind"]) == (1, "NotFound")
    assert len(marketplace("review", "list", "--json").told["waiting"]) == 1


USAGE = [
    ("bill", "--period", "2026-13"),
    ("bill",),
    ("aging", "--as-of", "2026-02-30"),
    ("aging", "--by", "moon"),
    ("invoices", "credit", "INV-000001", "NaN", "--reason", "x"),
    ("invoices", "write-off", "INV-000001", "1e9", "--reason", "x", "--yes"),
    ("invoices", "write-off", "INV-000001", "10", "--reason", "x"),
    ("payments", "reverse", "TK94804902", "--on", "2026-11-20", "--reason", "bounced"),
    ("nonsense",),
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_ends_with_2(marketplace: Marketplace, words: tuple[str, ...]) -> None:
    """Words that cannot be understood, or that need a yes, end with 2 and one message, in JSON too."""
    refused = marketplace(*words, "--json")
    assert refused.code == 2
    assert refused.told["error"]["exit_code"] == 2
    assert "Traceback" not in refused.err


def test_what_needs_a_second_person_ends_with_4(marketplace: Marketplace) -> None:
    """Above the limit one person cannot reverse a payment alone; two can."""
    words = ("payments", "reverse", "TK41216497", "--on", "2026-11-20", "--reason", "bounced", "--yes")
    alone = marketplace(*words, "--actor", "ann", "--confirmed-by", "ann", "--dry-run")
    assert alone.code == 0, "49,000 is within the limit"
    over = marketplace("invoices", "write-off", "INV-000001", "60000", "--reason", "x", "--yes", "--actor", "ann")
    assert over.code == 4
