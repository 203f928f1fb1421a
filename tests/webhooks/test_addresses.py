"""The URLs and addresses that webhooks may have."""

from ipaddress import ip_network

import pytest

from services.core.url_policy import UrlPolicy, UrlRefused

PUBLIC = ("93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::8.8.8.8", "2002:808:808::")
NOT_PUBLIC = (
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.127.255.255", "198.18.0.1", "192.0.2.1", "203.0.113.9", "192.88.99.1"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8"),
    *("64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1"),
    *("192.0.0.8", "192.31.196.1", "192.175.48.255", "::ffff:192.31.196.1", "3fff::1", "3fff:fff::1"),
    *("2001:0:a00:1::1", "", "localhost", "not an address"),
)
POLICY = UrlPolicy()
DEVELOPMENT = UrlPolicy(allows_http=True, allowed_networks=(ip_network("127.0.0.0/8"), ip_network("fd12::/16")))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address: str) -> None:
    assert POLICY.is_allowed(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_address_is_refused(address: str) -> None:
    assert not POLICY.is_allowed(address)


def test_unspecified_address_is_refused() -> None:
    assert not POLICY.is_allowed("0.0.0.0")  # noqa: S104 -- binds nothing


def test_listed_networks_are_allowed() -> None:
    assert DEVELOPMENT.is_allowed("127.0.0.1")
    assert DEVELOPMENT.is_allowed("fd12::1")
    assert not DEVELOPMENT.is_allowed("10.0.0.1")
    assert not DEVELOPMENT.is_allowed("::ffff:10.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.com", "https://example.com/a?b=c", "https://example.com:443/", "https://example.com:8443/x"),
        *(
            "https://8.8.8.8/hook",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/x",
            "https://xn--bcher-kva.example/",
        ),
    ],
)
def test_url_is_accepted(url: str) -> None:
    POLICY.check_url(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "Must begin with https://"),
        ("ftp://example.com/", "Must begin with https://"),
        ("file:///etc/passwd", "Must begin with https://"),
        ("example.com", "Must begin with https://"),
        ("https://", "Must contain a host"),
        ("https:///path", "Must contain a host"),
        ("https://user:password@example.com/", "no user name"),
        ("https://user@example.com/", "no user name"),
        ("https://example.com/#part", "no fragment"),
        ("https://example.com:22/", "port must be 443"),
        ("https://example.com:25/", "port must be 443"),
        ("https://example.com:0/", "port must be 443"),
        ("https://example.com:99999/", "not a URL"),
        ("https://example.com:port/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://bücher.example/", "ASCII"),
        ("https://example.com/a b", "ASCII"),
        ("https://example.com\\@127.0.0.1/", "ASCII"),
        ("https://example.com/\n", "ASCII"),
        ("https://127.0.0.1/", "not a public one"),
        ("https://[::1]:8443/", "not a public one"),
        ("https://[::ffff:10.0.0.1]/", "not a public one"),
        ("https://169.254.169.254/latest/meta-data", "not a public one"),
    ],
)
def test_url_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused, match=reason):
        POLICY.check_url(url)


def test_http_is_accepted_in_development() -> None:
    DEVELOPMENT.check_url("http://127.0.0.1:8080/")
    DEVELOPMENT.check_url("http://example.com/")
    with pytest.raises(UrlRefused, match="port"):
        DEVELOPMENT.check_url("http://example.com:25/")
