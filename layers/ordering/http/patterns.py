"""What a client is told about a text that does not match its field's pattern.

msgspec quotes the pattern itself; clients get these messages instead. Only an invalid body needs them.
"""

from ordering.domain.customer import EMAIL_IN_WORDS, EMAIL_PATTERN
from ordering.domain.images import IMAGE_ID_IN_WORDS, IMAGE_ID_PATTERN
from ordering.domain.languages import LANGUAGE_IN_WORDS, LANGUAGE_PATTERN
from ordering.domain.money import CURRENCY_PATTERN
from ordering.domain.product import CATEGORY_IN_WORDS, CATEGORY_PATTERN, SKU_IN_WORDS, SKU_PATTERN
from ordering.domain.shipment import COUNTRY_PATTERN
from ordering.domain.text import IN_WORDS

PATTERNS_IN_WORDS = {
    repr(pattern): words
    for pattern, words in {
        **IN_WORDS,
        EMAIL_PATTERN: EMAIL_IN_WORDS,
        LANGUAGE_PATTERN: LANGUAGE_IN_WORDS,
        SKU_PATTERN: SKU_IN_WORDS,
        CATEGORY_PATTERN: CATEGORY_IN_WORDS,
        IMAGE_ID_PATTERN: IMAGE_ID_IN_WORDS,
        CURRENCY_PATTERN: "must be an ISO 4217 currency code: three capital letters",
        COUNTRY_PATTERN: "must be an ISO 3166-1 country code: two capital letters",
    }.items()
}
"""The pattern as msgspec quotes it → the message."""
