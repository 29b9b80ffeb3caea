"""A webhook is sent only to public addresses over HTTPS, whatever URL a partner has chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.webhooks.addresses import BadUrl, check_url, is_public
from ordering.domain.webhooks.endpoint import MAX_URL_LENGTH


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.com", "/"),
        ("https://example.com/webhooks", "/webhooks"),
        ("https://hooks.example.co.uk:443/a/b?token=1&x=%20", "/a/b?token=1&x=%20"),
        ("https://xn--mnchen-3ya.example.com/", "/"),
        ("HTTPS://EXAMPLE.com/Orders", "/Orders"),
    ],
)
def test_https_url_of_a_public_name_is_accepted(url: str, path: str) -> None:
    target = check_url(url)
    assert (target.path, target.port, target.is_encrypted, target.is_listed) == (path, 443, True, False)
    assert target.host == target.host.lower()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("example.com/webhooks", "https://"),
        ("", "visible ASCII"),
        ("https://", "DNS name"),
        ("https://user@example.com/", "user name"),
        ("https://user:password@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com:8443/", "port 443"),
        ("https://example.com:0/", "port 443"),
        ("https://example.com:99999/", "must be a URL"),
        ("https://[::1/", "must be a URL"),
        ("https://exa mple.com/", "visible ASCII"),
        ("https://example.com/\r\nHost: other", "visible ASCII"),
        ("https://münchen.example.com/", "visible ASCII"),
        ("https://example.com\\@internal.example.org/", "backslash"),
        (f"https://example.com/{'x' * MAX_URL_LENGTH}", f"at most {MAX_URL_LENGTH}"),
    ],
)
def test_url_of_another_form_is_refused_with_what_it_must_be(url: str, message: str) -> None:
    with pytest.raises(BadUrl, match=message):
        check_url(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0", "8.8.8.8"),
        *("[::1]", "[::ffff:127.0.0.1]", "[2606:4700::1111]", "[fe80::1%25eth0]"),
        *("localhost", "LOCALHOST", "a.localhost", "printer.local", "db.internal", "router.home.arpa"),
        *("metadata.google.internal", "example", "example.com.", "-a.example.com", "a_b.example.com"),
        f"{'a.' * 130}com",
    ],
)
def test_host_that_is_no_public_dns_name_is_refused(host: str) -> None:
    with pytest.raises(BadUrl, match="DNS name"):
        check_url(f"https://{host}/")


def test_receiver_on_the_local_list_may_be_reached_over_http() -> None:
    listed = ("127.0.0.1:8099",)
    target = check_url("http://127.0.0.1:8099/webhooks", listed=listed)
    assert (target.host, target.port, target.is_listed, target.is_encrypted) == (
        "127.0.0.1",
        8099,
        True,
        False,
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8098/",
        "http://127.0.0.1/",
        "http://127.0.0.1:80990/",
        "http://x@127.0.0.1:8099/",
        "ftp://127.0.0.1:8099/",
    ],
)
def test_receiver_that_is_not_on_the_local_list_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        check_url(url, listed=("127.0.0.1:8099",))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80e::200e"]
)
def test_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        # IANA, IPv4 Special-Purpose Address Registry.
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255"),  # noqa: S104
        *("169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1"),
        *("192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1", "255.255.255.255"),
        *("224.0.0.1", "239.255.255.250"),
        # IANA, IPv6 Special-Purpose Address Registry, and multicast.
        *(
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
        ),
        *("100::1", "2001::1", "2001:db8::1", "2001:10::1", "2002:7f00:1::", "3fff::1", "5f00::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1"),
        *("", "example.com", "127.1", "0x7f000001", "8.8.8.8 ", "8.8.8.8/32", "2606:4700::1111%eth0"),
    ],
)
def test_special_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.slow
@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=6, network="fc00::/7"))
def test_no_address_of_a_private_network_is_public(address: object) -> None:
    assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_ipv4_address_is_never_public_in_the_form_of_an_ipv6_address(address: object) -> None:
    octets = int(address)  # type: ignore[call-overload]
    high, low = octets >> 16, octets & 0xFFFF
    forms = (f"::ffff:{high:x}:{low:x}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1")
    assert not any(map(is_public, forms))
