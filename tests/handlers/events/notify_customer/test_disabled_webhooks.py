"""notify_customer: a partner gets one mail when their webhook endpoint is disabled."""

import pytest
from msgspec.structs import replace

from ordering.domain.clock import now
from ordering.domain.events.webhooks import WebhookDisabled
from ordering.domain.identity import customer_id
from ordering.domain.languages import Language
from ordering.domain.mail_texts import TEXTS
from tests.handlers.events.notify_customer.notifying import EMAIL, notify, with_profile
from tests.support.recorded import ISSUER
from tests.support.ses import sent
from tests.support.world import World


def disabled(reason: str = "GONE") -> WebhookDisabled:
    return WebhookDisabled(
        id="5" * 32,
        time=now(),
        subject="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
        sequence=3,
        schema_version=1,
        webhook_id="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
        customer_id=customer_id(ISSUER, "alice"),
        reason=reason,
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", ["GONE", "NOT_ACKNOWLEDGED"])
def test_partner_gets_a_mail_in_their_language(shop: World, reason: str, language: Language) -> None:
    with_profile(shop, language=language.value)
    assert notify(disabled(reason)) == []
    (mail,) = sent()
    texts = TEXTS[language]
    why = texts.webhook_gone if reason == "GONE" else texts.webhook_not_acknowledged
    assert (mail.to, mail.subject) == (EMAIL, texts.webhook_disabled_subject)
    assert why in mail.text
    assert disabled().webhook_id in mail.text


def test_event_that_is_redelivered_sends_no_second_mail(shop: World) -> None:
    """Guarantee 5: once for each time that the endpoint is disabled."""
    with_profile(shop)
    event = disabled()
    assert notify(event, event) == []
    assert notify(event) == []
    assert len(sent()) == 1
    assert notify(replace(event, id="6" * 32, sequence=9)) == []
    assert len(sent()) == 2


def test_partner_without_a_profile_gets_no_mail(shop: World) -> None:
    assert notify(disabled()) == []
    assert sent() == []
