"""E-mail addresses: only those that SES accepts, so that no mail fails because of its address."""

import msgspec
import pytest

from ordering.http.shapes.customers import PutProfile


def entered(email: str) -> str:
    return msgspec.convert({"email": email}, PutProfile).email


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com",
        "a@b.co",
        "ada.lovelace+mugs@shop.example.co.uk",
        "o'brien@example.com",
        "x_y-z!#$%&*/=?^`{|}~@example.com",
        "ada@1and1.com",
        "ada@xn--bcher-kva.example",
        f"{'l' * 64}@example.com",
        f"ada@{'l' * 63}.com",
    ],
)
def test_deliverable_email_address_is_accepted(email: str) -> None:
    assert entered(email) == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "ada@.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@example.com.",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        ".ada@example.com",
        "ada.@example.com",
        "ada..lovelace@example.com",
        '"ada lovelace"@example.com',
        "ada@example.com,eve@example.com",
        "ada,eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com\n",
        "adá@example.com",
        f"{'l' * 65}@example.com",
        f"ada@{'l' * 64}.com",
        f"ada@{'.'.join(['l' * 63] * 4)}.com",
    ],
)
def test_undeliverable_email_address_is_refused(email: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="email"):
        entered(email)
