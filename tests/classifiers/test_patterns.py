"""Each family: what it finds, and what only looks like it. Every number here is made up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from classifiers.patterns import FAMILIES, Family, Patterns
from classifiers.patterns.checksums import (
    is_iban,
    is_id_card,
    is_luhn,
    is_organisation_code,
    is_uscc,
)
from classifiers.types import Report, Role, Segment

PATTERNS = Patterns(FAMILIES)
BY_NAME = {family.name: Patterns([family]) for family in FAMILIES}


@dataclass(frozen=True, slots=True)
class Table:
    """Each text in `hits` is wholly a match, each in `misses` holds none."""

    hits: tuple[str, ...]
    misses: tuple[str, ...]
    context: str = "号码："
    """What stands before every hit."""


def id_card(body: str) -> str:
    return next(body + x for x in "0123456789X" if is_id_card(body + x))


def card(body: str) -> str:
    return next(body + x for x in "0123456789" if is_luhn(body + x))


def credit_code(head: str, organisation: str) -> str:
    body = head + next(
        organisation + x for x in "0123456789X" if is_organisation_code(organisation + x)
    )
    return next(body + x for x in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_uscc(body + x))


def account(country: str, body: str) -> str:
    checks = (f"{country}{check:02}{body}" for check in range(2, 99))
    return next(number for number in checks if is_iban(number))


def wrong(number: str) -> str:
    """The number with another last digit."""
    return number[:-1] + ("1" if number[-1] == "0" else "0")


ID = id_card("11010519900307002")
CARD = card("622202021234567")
CODE = credit_code("91110105", "MA000123")
IBAN = account("DE", "370400440532013000")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJleGFtcGxlIn0.c2lnbmF0dXJlLW9mLW5vLW9uZQ"
HEAD, FOOT = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"

TABLES = {
    "cn_id_card": Table(
        (
            ID,
            f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
            f"{ID[:6]} {ID[6:14]} {ID[14:]}",
            " ".join(ID),
            id_card("44030120001231101"),
            next(
                n
                for n in map(id_card, map(str, range(31011519991231001, 31011519991231999)))
                if "X" in n
            ),
            ID.translate({ord("0") + n: ord("０") + n for n in range(10)}),
        ),
        (
            ID[:-1],
            wrong(ID),
            "0" + ID[1:],
            "99" + ID[2:],
            ID[:10] + "13" + ID[12:],
            ID[:12] + "32" + ID[14:],
            ID[:6] + "1700" + ID[10:],
            ID[:6] + "--" + ID[6:],
            ID[:6] + "/" + ID[6:],
        ),
    ),
    "cn_uscc": Table(
        (
            CODE,
            CODE.lower(),
            credit_code("12440300", "45575512"),
            credit_code("51310000", "50177777"),
            credit_code("92330106", "MA2A0000"),
        ),
        (
            CODE[:-1],
            wrong(CODE),
            CODE[:8] + "O" + CODE[9:],
            "0" + CODE[1:],
            "B" + CODE[1:],
            CODE[:1] + "7" + CODE[2:],
            CODE[:4] + "A" + CODE[5:],
            CODE[:9] + " " + CODE[9:],
            CODE[:10] + ("0" if CODE[10] != "0" else "1") + CODE[11:],
        ),
    ),
    "cn_passport": Table(
        ("E12345678", "EA1234567", "D12345678", "G12345678", "e12345678"),
        (
            "F12345678",
            "E1234567",
            "E123456789",
            "EI1234567",
            "EO1234567",
            "E 12345678",
            "E12A45678",
            "12345678E",
        ),
        context="护照号 ",
    ),
    "bank_card": Table(
        (
            CARD,
            card("622202021234567890"),
            card("411111111111111"),
            card("520000000000000"),
            card("353011133330000"),
            card("37828224631000"),
            f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}",
            f"{CARD[:4]}-{CARD[4:8]}-{CARD[8:12]}-{CARD[12:]}",
        ),
        (
            wrong(CARD),
            CARD[:-1],
            card("922202021234567"),
            card("222002021234567"),
            card("564100000000000"),
            "4444444444444444",
            "1700000000000000",
            "0." + card("411111111111111"),
            f"{CARD[:8]} {CARD[8:12]} {CARD[12:]}",
            f"{CARD[:4]}  {CARD[4:8]} {CARD[8:12]} {CARD[12:]}",
            card("41111111111111111"),
        ),
    ),
    "cn_mobile": Table(
        (
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+8613800138000",
            "+86 199 0013 8000",
            "008617000000000",
            "１３８００１３８０００",
        ),
        (
            "1380013800",
            "138001380000",
            "12800138000",
            "14000138000",
            "15400138000",
            "17900138000",
            "138/0013/8000",
            "0.13800138000",
            "138--0013-8000",
            "600-150-1200-2000",
        ),
    ),
    "phone_intl": Table(
        (
            "+16502530000",
            "+1 650-253-0000",
            "+44 20 7946 0958",
            "+81 3-1234-5678",
            "+61 (2) 9374 4000",
        ),
        (
            "+1234",
            "+0 650 253 0000",
            "16502530000",
            "+1 111 111 1111",
            "+999 1234 5678",
            "+1 650 253",
            "a+b+1",
            "+44 20 7946",
            "+12+34567890",
        ),
    ),
    "hk_phone": Table(
        ("+852 2345 6789", "+85291234567", "852-9123-4567", "0085291234567", "+852-6123-4567"),
        (
            "2345 6789",
            "+852 1345 6789",
            "+852 2345 678",
            "+852 2345 67890",
            "+853 2345 6789",
            "20230415",
            "0852 2345 6789",
            "+852/2345/6789",
        ),
    ),
    "tw_phone": Table(
        ("0912-345-678", "0912345678", "+886 912 345 678", "+886-912-345-678", "+886 2 2345 6789"),
        (
            "0812-345-678",
            "0912-345-67",
            "0912-345-6789",
            "912345678",
            "+887 912 345 678",
            "02-2345-6789",
            "09123 45678",
            "0912/345/678",
        ),
    ),
    "email": Table(
        (
            "someone@example.com",
            "some.one+tag@mail.example.co.uk",
            "SOME_ONE@EXAMPLE.COM",
            "ｓｏｍｅ＠example.com",
            "10000@example.cn",
        ),
        (
            "someone@example",
            "@example.com",
            "someone@",
            "someone@@example.com",
            "someone@-example.com",
            "someone@example-.com",
            "someone@example.c",
            "some.one.@example.com",
            "someone at example.com",
            "someone@1.2.3.4",
        ),
    ),
    "cn_address": Table(
        (
            "北京市朝阳区建国路88号",
            "上海市浦东新区世纪大道100号",
            "广东省深圳市南山区科技园路1号2栋305室",
            "四川省成都市武侯区人民南路四段27号",
            "杭州市西湖区文三路90号3幢",
        ),
        (
            "北京市朝阳区",
            "北京市朝阳区建国路",
            "建国路88号",
            "北京时间8点",
            "上海88号",
            "北京的路很多",
            "地铁1号线",
            "3号楼201室",
        ),
    ),
    "cn_plate": Table(
        ("京A12345", "粤B·D12345", "沪AD12345", "苏E 1234学", "京a12345"),
        (
            "京A1234",
            "京A1234567",
            "京I12345",
            "国A12345",
            "京12345",
            "京ABCDEF",
            "京AO1I45",
            "京A-1-2345",
        ),
    ),
    "iban": Table(
        (
            IBAN,
            " ".join(IBAN[at : at + 4] for at in range(0, len(IBAN), 4)),
            account("GB", "WEST12345698765432"),
            account("FR", "20041010050500013M02606"),
            account("NO", "86011117947"),
            IBAN.lower(),
        ),
        (
            wrong(IBAN),
            IBAN[:-1],
            IBAN + "0",
            "XX" + IBAN[2:],
            "GB" + IBAN[2:],
            IBAN[:2] + "O0" + IBAN[4:],
            IBAN[:6] + "/" + IBAN[6:],
            IBAN[2:],
        ),
    ),
    "jwt": Table(
        (
            JWT,
            JWT + "A" * 200,
            JWT.replace("eyJzdWIi", "eyJzdWIi" * 100),
            JWT.replace("J9", "J9-_"),
            JWT[:-4],
        ),
        (
            JWT.rpartition(".")[0],
            JWT.lower(),
            "eyJ.eyJ.abc",
            JWT.replace("eyJz", "eyKz"),
            JWT.replace("eyJh", "fyJh"),
            JWT.replace(".", " "),
            JWT.replace(".", ".."),
            JWT.rpartition(".")[0] + ".short",
        ),
    ),
    "private_key": Table(
        (
            f"{HEAD}\n{BODY}\n{FOOT}",
            f"{HEAD}\n{BODY}\n{BODY}",
            f"{HEAD}\\n{BODY}\\n{FOOT}",
            HEAD,
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----",
            f"{HEAD}\n" + f"{BODY}{BODY}\n" * 50 + FOOT,
        ),
        (
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----",
            FOOT,
            "BEGIN PRIVATE KEY",
            "----BEGIN PRIVATE KEY----",
            "-----BEGIN PRIVATE-----",
            "-----BEGIN PRIVATEKEY-----",
            BODY,
        ),
    ),
    "openai_key": Table(
        (
            "sk-" + "a1B2" * 8,
            "sk-" + "a1B2" * 12,
            "sk-proj-" + "a1B2_" * 8,
            "sk-svcacct-" + "a1-B2" * 8,
            "sk-admin-" + "a1B2" * 8,
        ),
        (
            "sk-" + "a1B2" * 7,
            "sk-" + "a1B2" * 20,
            "sk-" + "abCd" * 8,
            "sk_" + "a1B2" * 8,
            "sk-proj-a1B2",
            "pk-" + "a1B2" * 8,
            "sk-learn-is-a-library-for-machine-learning",
            "risk-" + "a1B2" * 8,
            "sk-" + "a1B2" * 8 + "-x",
        ),
    ),
    "anthropic_key": Table(
        tuple(
            f"sk-ant-{kind}-{'a1B2' * n}AA"
            for kind, n in (
                ("api03", 23),
                ("admin01", 20),
                ("sid01", 20),
                ("oat01", 20),
                ("api03", 5),
            )
        ),
        (
            "sk-ant-api03-short",
            "sk-ant-" + "a1B2" * 10,
            "sk-ant-api03" + "a1B2" * 10,
            "sk-ants-api03-" + "a1B2" * 10,
            "sk_ant_api03_" + "a1B2" * 10,
            "sk-ant-api03-" + "a1B2" * 40,
            "task-ant-api03-" + "a1B2" * 10,
            "sk-ant-api 03-" + "a1B2" * 10,
        ),
    ),
    "aws_access_key": Table(
        (
            "AKIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLE",
            "ABIAIOSFODNN7EXAMPLE",
            "ACCAIOSFODNN7EXAMPLE",
            "ＡＫＩＡIOSFODNN7EXAMPLE",
        ),
        (
            "AKIAIOSFODNN7EXAMPL",
            "AKIAIOSFODNN7EXAMPLES",
            "akiaiosfodnn7example",
            "AKIAIOSFODNN7EXAMPLe",
            "AKIAIOSFODNN1EXAMPLE",
            "AKIBIOSFODNN7EXAMPLE",
            "AKIA IOSFODNN7EXAMPLE",
            "XAKIAIOSFODNN7EXAMPLE",
        ),
    ),
    "google_api_key": Table(
        (
            "AIza" + "a1B2_" * 7,
            "AIza" + "-" * 35,
            "AIza" + "x" * 35,
            "AIza" + "Q9" * 17 + "Q",
            "AIzaSy" + "b" * 33,
        ),
        (
            "AIza" + "x" * 34,
            "AIza" + "x" * 36,
            "aiza" + "x" * 35,
            "AIZA" + "x" * 35,
            "AIz" + "x" * 36,
            "AIza" + "x" * 34 + ".",
            "AIza" + "x" * 35 + "-",
            "xAIza" + "x" * 35,
        ),
    ),
    "github_token": Table(
        (
            *tuple(f"gh{kind}_" + "a1B2" * 9 for kind in "pousr"),
            "github_pat_" + "a1" * 11 + "_" + "b2" * 29 + "c",
        ),
        (
            "ghp_" + "a1B2" * 8,
            "ghx_" + "a1B2" * 9,
            "ghp-" + "a1B2" * 9,
            "GHP_" + "a1B2" * 9,
            "ghp_" + "a1_B" * 9,
            "github_pat_" + "a1" * 11,
            "github_pat_" + "a1" * 41,
            "xghp_" + "a1B2" * 9,
        ),
    ),
    "slack_token": Table(
        tuple(f"xox{kind}-1234567890-abcDEF123" for kind in "abeopr"),
        (
            "xoxb-1234",
            "xoxz-1234567890-abcDEF123",
            "xoxb_1234567890_abcDEF123",
            "XOXB-1234567890-abcDEF123",
            "xoxb-this-is-a-placeholder",
            "xox-1234567890-abcDEF123",
            "axoxb-1234567890-abcDEF123",
            "xoxb 1234567890-abcDEF123",
        ),
    ),
    "aliyun_key": Table(
        (*tuple("LTAI" + "a1B2" * n for n in (3, 4, 5, 6)), "LTAI5t" + "Q9" * 9),
        (
            "LTAI" + "a1B2" * 2,
            "LTAI" + "a1B2" * 7,
            "ltai" + "a1B2" * 4,
            "LTAi" + "a1B2" * 4,
            "LTAI" + "abCd" * 4,
            "LTAJ" + "a1B2" * 4,
            "LTAI " + "a1B2" * 4,
            "XLTAI" + "a1B2" * 4,
        ),
    ),
    "tencent_key": Table(
        tuple("AKID" + "a1B2" * n for n in (8, 9, 10, 12, 15)),
        (
            "AKID" + "a1B2" * 7,
            "AKID" + "a1B2" * 16,
            "akid" + "a1B2" * 8,
            "AKId" + "a1B2" * 8,
            "AKIE" + "a1B2" * 8,
            "AKID " + "a1B2" * 8,
            "AKID-" + "a1B2" * 8,
            "XAKID" + "a1B2" * 8,
        ),
    ),
    "huggingface_token": Table(
        tuple("hf_" + pair * 17 for pair in ("ab", "aB", "Zz", "a1", "99")),
        (
            "hf_" + "ab" * 16,
            "hf_" + "ab" * 18,
            "HF_" + "ab" * 17,
            "hf-" + "ab" * 17,
            "hf_" + "a-" * 17,
            "hf_" + "ab" * 17 + "_",
            "hf_hub_download_to_a_local_folder_",
            "xhf_" + "ab" * 17,
        ),
    ),
    "stripe_key": Table(
        (
            *tuple(f"{kind}k_{mode}_" + "a1B2" * 6 for kind in "sr" for mode in ("live", "test")),
            "sk_live_" + "a1B2" * 25,
        ),
        (
            "pk_live_" + "a1B2" * 6,
            "sk_live_" + "a1B2" * 3,
            "sk_prod_" + "a1B2" * 6,
            "sk-live-" + "a1B2" * 6,
            "SK_LIVE_" + "a1B2" * 6,
            "sk_live" + "a1B2" * 6,
            "sk_live_" + "a1B2" * 6 + "_x",
            "task_live_" + "a1B2" * 6,
        ),
    ),
    "ipv4": Table(
        ("8.8.8.8", "1.1.1.1", "223.5.5.5", "114.114.114.114", "８.８.８.８"),
        (
            "127.0.0.1",
            "192.168.1.1",
            "10.0.0.1",
            "256.8.8.8",
            "8.8.8",
            "8.8.8.8.8",
            "8.8.8.08",
            "version 8.8.8.8",
            "0.0.0.0",
        ),
    ),
    "ipv6": Table(
        (
            "2001:4860:4860::8888",
            "2001:4860:4860:0:0:0:0:8888",
            "2400:3200::1",
            "2606:4700:4700::1111",
            "2A00:1450::200E",
        ),
        (
            "12:34:56",
            "::1",
            "fe80::1",
            "fd00::1",
            "std::begin",
            "2001:4860",
            "2001:4860::8888::1",
            "a::b",
            "00:1a:2b:3c:4d:5e",
        ),
    ),
}

HITS = [(name, table.context, hit) for name, table in TABLES.items() for hit in table.hits]
MISSES = [(name, table.context, miss) for name, table in TABLES.items() for miss in table.misses]
EDGES = [name for name, table in TABLES.items() if name not in ("cn_address", "private_key")]


def spans(report: Report) -> list[tuple[int, int]]:
    return [(finding.start, finding.end) for finding in report.findings]


def test_every_family_has_its_table() -> None:
    """Five hits and eight near-misses at least."""
    assert {family.name for family in FAMILIES} == TABLES.keys()
    assert [] == [n for n, t in TABLES.items() if len(t.hits) < 5 or len(t.misses) < 8]


@pytest.mark.parametrize(("name", "context", "hit"), HITS)
def test_a_hit_is_found_where_it_stands(name: str, context: str, hit: str) -> None:
    """Alone, in Chinese text without blanks, in English, with the span of the original."""
    for before, after in (
        (context, ""),
        (f"前文，{context}", "。后文"),
        (f"See {context}", ", and so on"),
    ):
        report = BY_NAME[name].scan([Segment(before + hit + after)])

        assert [(len(before), len(before) + len(hit))] == spans(report)


@pytest.mark.parametrize(("name", "context", "miss"), MISSES)
def test_a_near_miss_is_not_found(name: str, context: str, miss: str) -> None:
    """Too short, too long, wrong check digit, wrong prefix, inside something longer."""
    for text in (miss, f"前文，{context}{miss}。后文", f"See {context}{miss}, and so on"):
        assert [] == spans(BY_NAME[name].scan([Segment(text)]))


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("glue", ["x{}", "9{}", "{}x", "{}9"])
def test_nothing_is_found_inside_a_longer_token(name: str, glue: str) -> None:
    """Letters and digits on either side make it another thing."""
    table = TABLES[name]
    hit = table.hits[0]
    found = spans(BY_NAME[name].scan([Segment(table.context + glue.format(hit))]))

    assert (len(table.context), len(table.context) + len(hit)) not in found


def test_a_number_split_by_invisible_characters_is_seen() -> None:
    """The span covers the disguise and nothing else."""
    text = "号码" + "\u200b".join(ID) + "。"

    assert [(2, len(text) - 1)] == spans(BY_NAME["cn_id_card"].scan([Segment(text)]))


def test_segments_do_not_join() -> None:
    """What ends one text and begins the next is no number."""
    halves = [Segment(ID[:9]), Segment(ID[9:], Role.TOOL)]

    assert [] == spans(PATTERNS.scan(halves))


def test_a_finding_names_its_segment_and_no_word() -> None:
    """Index, span, category and rule."""
    report = PATTERNS.scan([Segment("clean"), Segment(""), Segment(f"号码{ID}，")])

    assert [(2, 2, 20, "cn_id_card", "cn_id_card")] == [
        (f.segment, f.start, f.end, f.category, f.rule) for f in report.findings
    ]
    assert report.scanned == report.total == 5 + 2 + 18 + 1


def test_a_rejected_candidate_hides_nothing_behind_it() -> None:
    """The search goes on one character later, not after the candidate."""
    assert [CARD] == [
        text[f.start : f.end]
        for text in (f"5100 {CARD}",)
        for f in PATTERNS.scan([Segment(text)]).findings
    ]


def test_two_numbers_side_by_side_are_two() -> None:
    """The character between them is shared."""
    assert [(0, 11), (12, 23)] == spans(
        BY_NAME["cn_mobile"].scan([Segment("13800138000 13900139000")])
    )


def test_an_operators_family_is_a_row_too() -> None:
    """Traditional characters in the text, and in the expression, read as simplified ones."""
    tickets = Patterns([Family("ticket", "工單[0-9]{6}", not_before="")], name="operator")

    assert [(2, 10)] == spans(tickets.scan([Segment("您的工单123456，"), Segment("工單1234567")]))


def test_a_lone_surrogate_does_not_hide_its_neighbour() -> None:
    """Text that no encoding takes is still read."""
    assert [(1, 12)] == spans(BY_NAME["cn_mobile"].scan([Segment("\ud83d13800138000\ude00")]))


async def test_a_scanner_can_stand_among_classifiers() -> None:
    """It answers at once."""
    segments = [Segment(f"号码{ID}")]

    assert PATTERNS.scan(segments) == await PATTERNS.classify(segments)
