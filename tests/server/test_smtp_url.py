"""Where letters go out and where their links lead, as operators write it."""

import pytest

from server.mail import mailer_for
from server.settings import Settings, SettingsError, load_settings
from server.smtp_url import SmtpUrl, checked_sender, checked_url, origin_of_url, read_smtp_url
from services.mail import LogMailer, NoMailer, SmtpMailer
from tests.support.stage import SECRET

GOOD = {
    "smtp://mail.test": SmtpUrl("mail.test", 587, None, None, "starttls"),
    "smtp://mail.test:25?starttls=off": SmtpUrl("mail.test", 25, None, None, "none"),
    "smtp://ada:p%40ss%2Fword@mail.test:2525": SmtpUrl("mail.test", 2525, "ada", "p@ss/word", "starttls"),
    "smtps://ada%40x.test:pw@mail.test/": SmtpUrl("mail.test", 465, "ada@x.test", "pw", "tls"),
    "smtp://localhost:1025": SmtpUrl("localhost", 1025, None, None, "none"),
    "smtp://127.0.0.1:1025?starttls=on": SmtpUrl("127.0.0.1", 1025, None, None, "starttls"),
    "smtp://[::1]:1025": SmtpUrl("::1", 1025, None, None, "none"),
}
BAD = [
    *("mail.test", "http://mail.test", "smtp://", "smtp://:587", "smtp://mail.test:port", "smtp://mail.test:99999"),
    *(
        "smtp://ada@mail.test",
        "smtp://mail.test/path",
        "smtp://mail.test?tls=1",
        "smtp://mail.test?starttls=maybe",
        " ",
    ),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_mail_server_is_read_from_its_url(text: str) -> None:
    assert read_smtp_url(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_mail_server_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        made(smtp_url=text)
    assert str(refused.value).startswith("SMTP_URL: ")
    assert "ada@" not in str(refused.value)


def test_without_a_url_there_is_no_mail_server() -> None:
    assert read_smtp_url("") is None


def test_a_sender_has_an_address() -> None:
    for good in (
        "post@x.test",
        "Allotment <post@x.test>",
        '"Post, Ltd." <post@x.test>',
        "Allotment <allotment@localhost>",
    ):
        assert checked_sender(good) == good
    for bad in ("", "Allotment", "Allotment <>", "<@x.test>", "post@x.test\nBcc: all@x.test"):
        with pytest.raises(ValueError, match="no sender"):
            checked_sender(bad)


def test_links_begin_with_the_address_of_a_site() -> None:
    assert checked_url("https://app.test/shop/") == "https://app.test/shop"
    assert checked_url("") == ""
    for bad in (
        "app.test",
        "ftp://app.test",
        "https://",
        "https://app.test/?a=1",
        "https://app.test/#x",
        "javascript:x",
    ):
        with pytest.raises(ValueError, match="no address of a site"):
            checked_url(bad)
    assert origin_of_url("https://App.test:8443/shop") == "https://app.test:8443"


def made(**values: object) -> Settings:
    return load_settings(
        None, **{"environment": "test", "secret_key": SECRET, "database_url": "sqlite:///a.db"} | values
    )


def test_letters_go_where_the_settings_say() -> None:
    production = {"environment": "production", "secret_key": "Zk3!vQ8#rT1@wX6$yB9%nM4&pL7*sD2^"}
    assert isinstance(mailer_for(made(smtp_url="smtp://mail.test")), SmtpMailer)
    assert isinstance(mailer_for(made(smtp_url="smtp://mail.test", **production)), SmtpMailer)
    assert isinstance(mailer_for(made()), LogMailer)
    assert isinstance(mailer_for(made(**production)), NoMailer)


def test_links_lead_to_the_server_itself_unless_a_front_end_was_named() -> None:
    assert made(port=9000).links_url == "http://127.0.0.1:9000"
    assert made(public_url="https://app.test").links_url == "https://app.test"
