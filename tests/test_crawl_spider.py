"""A spider's file is read, or refused in one sentence; where a crawl may go is decided by its address alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.crawl.hosts import host_of, is_private, name_of, why_not
from corpora.crawl.spider import SpiderConfig, read_spider
from corpora.errors import BadInput

ROOT = Path(__file__).parent.parent
PLAIN = SpiderConfig(
    name="tiku", kind="quiz", start=("https://tiku.cn/",), pages=(r"/题/\d+\.html$",), follow=(r"/list",), skip=("old",)
)
GOOD = 'name = "t"\nkind = "quiz"\nstart = ["http://a.cn/"]\npages = ["x"]\n'


def test_the_example_is_a_spider() -> None:
    config = read_spider(ROOT / "configs" / "spider.toml")
    assert config.is_page("https://tiku.example/mingzhu/2024/17.html")
    assert config.leads_on("https://tiku.example/mingzhu/list_2.html")
    assert not config.leads_on("https://tiku.example/mingzhu/2024/17.html?print=1")
    assert config.robots_agent == "huaben"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("pages = 3", "pages is 3; it must be of type tuple"),
        ("page = ['x']", "unknown key 'page'; did you mean 'pages'?"),
        ("follow = ['(']", "follow: '(' is no regular expression"),
        ("content = 'div..['", "content is 'div..[', which is no CSS selector"),
        ("encoding = 'klingon'", "encoding 'klingon' is unknown"),
        ("hosts = ['b.cn']", "start: 'http://a.cn/': a.cn is not among hosts"),
        ("private_hosts = ['10.0.0.1']", "private_hosts names '10.0.0.1', which is not among hosts"),
        ("max_pages = 0", "max_pages is 0; it must be more than 0"),
        ("delay_s = -1", "delay_s is -1.0; it must not be negative"),
        ("agent = '蜘蛛'", "use ASCII letters only"),
        ("kind = 'poem'", "choose one of novel, quiz, instruct"),
        ("name = '../x'", "name is '../x'"),
        ("start = []", "start is empty"),
        ("start = ['ftp://a.cn/']", "ftp is neither http nor https"),
        ("start = ['http://u:p@a.cn/']", "carries a password"),
        ("start = ['http://a.cn:port/']", "malformed"),
        ("start = ", "not valid TOML"),
    ],
)
def test_a_wrong_spider_is_told_in_one_sentence(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "s.toml"
    key = line.split(" ")[0]
    path.write_text("\n".join(row for row in GOOD.splitlines() if not row.startswith(f"{key} ")) + f"\n{line}\n")
    with pytest.raises(BadInput) as refusal:
        read_spider(path)
    assert says in str(refusal.value)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "page", "leads_on"),
    [
        ("https://tiku.cn/题/1.html", True, True),
        ("https://tiku.cn/%E9%A2%98/1.html", True, True),  # as links are written
        ("https://tiku.cn/list?p=2", False, True),
        ("https://tiku.cn/about", False, False),
        ("https://tiku.cn/old/题/1.html", False, False),
        ("https://tiku.cn:8443/题/1.html", True, False),
        ("http://www.tiku.cn/题/1.html", True, False),
        ("ftp://tiku.cn/题/1.html", True, False),
        ("https://tiku.cn/list/a/b/a/b/a/b/a", False, False),
    ],
)
def test_patterns(url: str, page: bool, leads_on: bool) -> None:
    assert (PLAIN.is_page(url), PLAIN.leads_on(url)) == (page, leads_on)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Tiku.CN/x", "tiku.cn"),
        ("http://tiku.cn.:80/x", "tiku.cn"),
        ("https://tiku.cn:80/x", "tiku.cn:80"),
        ("http://u:p@tiku.cn:8000/x", "tiku.cn:8000"),
        ("http://题库.cn/", "xn--dxt940k.cn"),
        ("http://[::1]:8000/", "[::1]:8000"),
        ("javascript:alert(1)", ""),
    ],
)
def test_hosts_as_they_are_compared(url: str, host: str) -> None:
    assert host_of(url) == host


def test_names_without_their_port() -> None:
    hosts = ["a.cn", "a.cn:80", "[::1]:8000", "[::1]", "10.0.0.1:1"]
    assert [name_of(host) for host in hosts] == ["a.cn", "a.cn", "[::1]", "[::1]", "10.0.0.1"]


PRIVATE = (
    "127.0.0.1 127.8.8.8 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 "
    "255.255.255.255 198.18.0.1 192.0.0.1 240.0.0.1 ::1 [::1] :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 ff02::1 "
    "::ffff:127.0.0.1 ::ffff:10.0.0.1"
).split()
PUBLIC = "1.2.4.8 172.15.0.1 172.32.0.1 192.169.0.1 223.5.5.5 2400:3200::1 ::ffff:1.2.4.8".split()


def test_private_addresses() -> None:
    assert [address for address in PRIVATE if not is_private(address)] == []
    assert [address for address in PUBLIC if is_private(address)] == []


@given(st.integers(0, 2**24 - 1))
def test_no_address_of_the_private_ranges_is_public(low: int) -> None:
    assert is_private(f"10.{low >> 16}.{low >> 8 & 255}.{low & 255}")
    assert is_private(f"127.{low >> 16}.{low >> 8 & 255}.{low & 255}")
    assert is_private(f"192.168.{low >> 8 & 255}.{low & 255}")


@given(st.text(max_size=40))
def test_no_text_is_an_address_that_may_be_asked(text: str) -> None:
    """Whatever stands in a link, `hosts` decides."""
    for url in (text, f"http://{text}", f"http://{text}@evil.cn/", f"http://evil.cn/{text}"):
        if not why_not(url, PLAIN.allowed_hosts):
            assert host_of(url) == "tiku.cn"


def test_hosts_of_the_start_pages_by_default() -> None:
    config = replace(PLAIN, start=("https://tiku.cn/", "http://b.cn:8000/x"))
    assert config.allowed_hosts == {"tiku.cn", "b.cn:8000"}
    config = replace(PLAIN, hosts=("Tiku.cn:443", "题库.cn", "b.cn:80", "b.cn:8000"))
    assert config.allowed_hosts == {"tiku.cn", "xn--dxt940k.cn", "b.cn", "b.cn:8000"}
