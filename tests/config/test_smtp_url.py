"""SMTP_URL, MAIL_FROM and PUBLIC_URL, and the mailer that they select."""

import pytest

from server.config.settings import Settings, SettingsError, load_settings
from server.config.smtp_url import SmtpUrl, parse_smtp_url, url_origin, validate_sender, validate_site_url
from server.mailer_factory import build_mailer
from services.core.email import LogMailer, NoMailer, SmtpMailer
from tests.support.settings import SECRET_KEY

VALID = {
    "smtp://mail.test": SmtpUrl("mail.test", 587, None, None, "starttls"),
    "smtp://mail.test:25?starttls=off": SmtpUrl("mail.test", 25, None, None, "none"),
    "smtp://ada:p%40ss%2Fword@mail.test:2525": SmtpUrl("mail.test", 2525, "ada", "p@ss/word", "starttls"),
    "smtps://ada%40x.test:pw@mail.test/": SmtpUrl("mail.test", 465, "ada@x.test", "pw", "tls"),
    "smtp://localhost:1025": SmtpUrl("localhost", 1025, None, None, "none"),
    "smtp://127.0.0.1:1025?starttls=on": SmtpUrl("127.0.0.1", 1025, None, None, "starttls"),
    "smtp://[::1]:1025": SmtpUrl("::1", 1025, None, None, "none"),
}
INVALID = [
    *("mail.test", "http://mail.test", "smtp://", "smtp://:587", "smtp://mail.test:port", "smtp://mail.test:99999"),
    *(
        "smtp://ada@mail.test",
        "smtp://mail.test/path",
        "smtp://mail.test?tls=1",
        "smtp://mail.test?starttls=maybe",
        " ",
    ),
]


@pytest.mark.parametrize("text", VALID)
def test_valid_smtp_url_is_parsed(text: str) -> None:
    assert parse_smtp_url(text) == VALID[text]


@pytest.mark.parametrize("text", INVALID)
def test_invalid_smtp_url_is_rejected_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as rejected:
        build_settings(smtp_url=text)
    assert str(rejected.value).startswith("SMTP_URL: ")
    assert "ada@" not in str(rejected.value)


def test_empty_smtp_url_means_no_mail_server() -> None:
    assert parse_smtp_url("") is None


def test_sender_requires_an_address() -> None:
    for valid in (
        "mail@x.test",
        "Allotment <mail@x.test>",
        '"Mail, Ltd." <mail@x.test>',
        "Allotment <allotment@localhost>",
    ):
        assert validate_sender(valid) == valid
    for invalid in ("", "Allotment", "Allotment <>", "<@x.test>", "mail@x.test\nBcc: all@x.test"):
        with pytest.raises(ValueError, match="not a sender"):
            validate_sender(invalid)


def test_public_url_is_normalized_or_rejected() -> None:
    assert validate_site_url("https://app.test/shop/") == "https://app.test/shop"
    assert validate_site_url("") == ""
    for invalid in (
        "app.test",
        "ftp://app.test",
        "https://",
        "https://app.test/?a=1",
        "https://app.test/#x",
        "javascript:x",
    ):
        with pytest.raises(ValueError, match="not the URL of a site"):
            validate_site_url(invalid)
    assert url_origin("https://App.test:8443/shop") == "https://app.test:8443"
    assert url_origin("https://App.test:443/shop") == "https://app.test"


def build_settings(**values: object) -> Settings:
    return load_settings(
        None, **{"environment": "test", "secret_key": SECRET_KEY, "database_url": "sqlite:///a.db"} | values
    )


def test_settings_select_the_mailer() -> None:
    production = {"environment": "production", "secret_key": "Zk3!vQ8#rT1@wX6$yB9%nM4&pL7*sD2^"}
    assert isinstance(build_mailer(build_settings(smtp_url="smtp://mail.test")), SmtpMailer)
    assert isinstance(build_mailer(build_settings(smtp_url="smtp://mail.test", **production)), SmtpMailer)
    assert isinstance(build_mailer(build_settings()), LogMailer)
    assert isinstance(build_mailer(build_settings(**production)), NoMailer)


def test_link_base_url_defaults_to_the_server() -> None:
    assert build_settings(port=9000).link_base_url == "http://localhost:9000"
    assert build_settings(public_url="https://app.test").link_base_url == "https://app.test"
