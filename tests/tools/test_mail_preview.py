"""`make mail-preview`: every mail in every language, as files."""

from pathlib import Path

from ordering.domain.languages import Language
from ordering.domain.notifications import NOTIFIED_EVENTS
from tools import mail_preview


def test_samples_include_every_status_that_a_customer_is_notified_of() -> None:
    assert {status for status, _ in mail_preview.SAMPLES.values()} == set(NOTIFIED_EVENTS.values())


def test_every_mail_is_written_in_every_language_as_html_and_text(tmp_path: Path) -> None:
    (tmp_path / "old.html").write_text("of an earlier run")
    mail_preview.write(tmp_path)
    samples = (*mail_preview.SAMPLES, *mail_preview.WEBHOOK_SAMPLES, "export")
    names = {f"{language.value}-{name}" for language in Language for name in samples}
    assert {each.name for each in tmp_path.iterdir()} == {
        "index.html",
        *(f"{name}{ending}" for name in names for ending in (".html", ".txt")),
    }
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    for name, mail in mail_preview.previews().items():
        assert (tmp_path / f"{name}.html").read_text(encoding="utf-8") == mail.html
        assert f'src="{name}.html"' in index
