"""The texts of the mails to customers, in every language: the one place to change them, or add a language.

A text may contain placeholders in braces; each has the same ones in all languages. Amounts, numbers and times
are put in as `ordering.domain.localised` writes them. `tests/unit/test_mail_texts.py` compares the languages.

German and French address the customer formally. French has a no-break space before a colon and after `n°`.
"""

from collections.abc import Mapping

from msgspec import Struct

from ordering.domain.languages import Language
from ordering.domain.order import Reason


class MailTexts(Struct, frozen=True, kw_only=True):
    """The texts of one language."""

    greeting: str

    confirmed_subject: str
    confirmed: str

    fulfilled_subject: str
    fulfilled: str
    tracking: str

    rejected_subject: str
    rejected: str
    rejected_because: str

    cancelled_subject: str
    cancelled: str
    cancelled_because: str

    reasons: Mapping[Reason, str]
    """The `reason` of `rejected_because` and `cancelled_because`: a clause with its conjunction."""
    nothing_paid: str
    paid_back: str

    refunded_subject: str
    refunded: str

    webhook_disabled_subject: str
    webhook_gone: str
    webhook_not_acknowledged: str
    webhook_next: str
    webhook_disabled_at: str
    webhook: str
    """The last line of a mail about a webhook endpoint."""

    export_subject: str
    export: str
    export_private: str
    export_link: str
    export_until: str
    export_id: str
    """The last line of a mail about an export of data."""

    total: str
    one_item: str
    """Beside the total, for a number that the language counts as singular."""
    many_items: str
    placed: str
    order: str
    """The last line of a mail."""


TEXTS: Mapping[Language, MailTexts] = {
    Language.EN: MailTexts(
        greeting="Hello,",
        confirmed_subject="We have your order",
        confirmed="Your order is confirmed. You pay {total} when we send it.",
        fulfilled_subject="Your order is on its way",
        fulfilled="Your order is on its way, and you have paid {total}.",
        tracking="Its tracking number is {number}.",
        rejected_subject="We cannot take your order",
        rejected="We are sorry: we cannot take your order.",
        rejected_because="We are sorry: we cannot take your order, {reason}.",
        cancelled_subject="Your order is cancelled",
        cancelled="Your order is cancelled.",
        cancelled_because="Your order is cancelled, {reason}.",
        reasons={
            Reason.OUT_OF_STOCK: "because some of its items are out of stock",
            Reason.PAYMENT_DECLINED: "because the payment was declined",
            Reason.CAPTURE_REFUSED: "because the payment could not be collected",
            Reason.SHIPMENT_REFUSED: "because our carrier does not deliver to your address",
            Reason.CUSTOMER_REQUEST: "as you requested",
        },
        nothing_paid="You pay nothing.",
        paid_back="You get back what you paid: {total}.",
        refunded_subject="We have refunded your order",
        refunded="We have refunded your order: you get back {amount}.",
        webhook_disabled_subject="Your webhook endpoint is disabled",
        webhook_gone="Your webhook endpoint has returned status 410, so we send it no more events.",
        webhook_not_acknowledged=(
            "Your webhook endpoint has acknowledged no event for three days, so we send it no more events."
        ),
        webhook_next=(
            "To enable it again, send it a test event. Events that have happened meanwhile are not sent:"
            " read your orders."
        ),
        webhook_disabled_at="Disabled on {time}",
        webhook="Webhook {webhook_id}",
        export_subject="Your data",
        export="You have asked for a copy of your data. It is ready, as a JSON file.",
        export_private=(
            "Anyone who has the link can open the file: do not forward this mail. If you have not asked for"
            " it, please tell us."
        ),
        export_link="Download your data",
        export_until=(
            "The link works until {time} at the latest. If it has ended, sign in to the shop to get another"
            " one."
        ),
        export_id="Export {export_id}",
        total="Total",
        one_item="{count} item",
        many_items="{count} items",
        placed="Placed on {time}",
        order="Order {order_id}",
    ),
    Language.DE: MailTexts(
        greeting="Guten Tag,",
        confirmed_subject="Wir haben Ihre Bestellung erhalten",
        confirmed="Ihre Bestellung ist bestätigt. Der Betrag von {total} wird erst beim Versand eingezogen.",
        fulfilled_subject="Ihre Bestellung ist unterwegs",
        fulfilled="Ihre Bestellung ist unterwegs. Sie haben {total} bezahlt.",
        tracking="Die Sendungsnummer lautet {number}.",
        rejected_subject="Wir können Ihre Bestellung nicht annehmen",
        rejected="Leider können wir Ihre Bestellung nicht annehmen.",
        rejected_because="Leider können wir Ihre Bestellung nicht annehmen, {reason}.",
        cancelled_subject="Ihre Bestellung wurde storniert",
        cancelled="Ihre Bestellung wurde storniert.",
        cancelled_because="Ihre Bestellung wurde storniert, {reason}.",
        reasons={
            Reason.OUT_OF_STOCK: "weil nicht alle Artikel vorrätig sind",
            Reason.PAYMENT_DECLINED: "weil die Zahlung abgelehnt wurde",
            Reason.CAPTURE_REFUSED: "weil der Betrag nicht eingezogen werden konnte",
            Reason.SHIPMENT_REFUSED: "weil unser Versanddienstleister Ihre Adresse nicht beliefert",
            Reason.CUSTOMER_REQUEST: "wie von Ihnen gewünscht",
        },
        nothing_paid="Ihnen entstehen keine Kosten.",
        paid_back="Sie erhalten den bezahlten Betrag zurück: {total}.",
        refunded_subject="Erstattung für Ihre Bestellung",
        refunded="Wir haben Ihnen für Ihre Bestellung {amount} erstattet.",
        webhook_disabled_subject="Ihr Webhook-Endpunkt ist deaktiviert",
        webhook_gone=(
            "Ihr Webhook-Endpunkt hat den Status 410 zurückgegeben."
            " Deshalb senden wir keine Ereignisse mehr an ihn."
        ),
        webhook_not_acknowledged=(
            "Ihr Webhook-Endpunkt hat drei Tage lang kein Ereignis bestätigt."
            " Deshalb senden wir keine Ereignisse mehr an ihn."
        ),
        webhook_next=(
            "Um ihn wieder zu aktivieren, senden Sie ihm ein Testereignis. Was inzwischen geschehen ist, wird"
            " nicht gesendet: Rufen Sie Ihre Bestellungen ab."
        ),
        webhook_disabled_at="Deaktiviert am {time}",
        webhook="Webhook-Endpunkt {webhook_id}",
        export_subject="Ihre Daten",
        export="Sie haben eine Kopie Ihrer Daten angefordert. Sie steht als JSON-Datei bereit.",
        export_private=(
            "Wer den Link hat, kann die Datei öffnen: Leiten Sie diese E-Mail nicht weiter. Falls Sie die"
            " Kopie nicht angefordert haben, melden Sie sich bitte bei uns."
        ),
        export_link="Daten herunterladen",
        export_until=(
            "Der Link gilt längstens bis {time}. Wenn er abgelaufen ist, melden Sie sich im Shop an, um einen"
            " neuen zu erhalten."
        ),
        export_id="Exportnummer: {export_id}",
        total="Gesamtbetrag",
        one_item="{count} Artikel",
        many_items="{count} Artikel",
        placed="Bestellt am {time}",
        order="Bestellnummer: {order_id}",
    ),
    Language.FR: MailTexts(
        greeting="Bonjour,",
        confirmed_subject="Nous avons bien reçu votre commande",
        confirmed="Votre commande est confirmée. Le montant de {total} sera débité lors de l’expédition.",
        fulfilled_subject="Votre commande est en route",
        fulfilled="Votre commande est en route. Vous avez payé {total}.",
        tracking="Numéro de suivi\N{NO-BREAK SPACE}: {number}",
        rejected_subject="Nous ne pouvons pas accepter votre commande",
        rejected="Malheureusement, nous ne pouvons pas accepter votre commande.",
        rejected_because="Malheureusement, nous ne pouvons pas accepter votre commande, {reason}.",
        cancelled_subject="Votre commande a été annulée",
        cancelled="Votre commande a été annulée.",
        cancelled_because="Votre commande a été annulée, {reason}.",
        reasons={
            Reason.OUT_OF_STOCK: "car certains articles ne sont pas en stock",
            Reason.PAYMENT_DECLINED: "car le paiement a été refusé",
            Reason.CAPTURE_REFUSED: "car le paiement n’a pas pu être encaissé",
            Reason.SHIPMENT_REFUSED: "car notre transporteur ne livre pas à votre adresse",
            Reason.CUSTOMER_REQUEST: "comme vous l’avez demandé",
        },
        nothing_paid="Aucun montant ne vous sera débité.",
        paid_back="Nous vous remboursons le montant payé\N{NO-BREAK SPACE}: {total}.",
        refunded_subject="Remboursement de votre commande",
        refunded="Nous vous avons remboursé {amount} pour votre commande.",
        webhook_disabled_subject="Votre point de terminaison webhook est désactivé",
        webhook_gone=(
            "Votre point de terminaison webhook a renvoyé le statut 410."
            " Nous ne lui envoyons donc plus d’événements."
        ),
        webhook_not_acknowledged=(
            "Votre point de terminaison webhook n’a confirmé aucun événement depuis trois jours."
            " Nous ne lui envoyons donc plus d’événements."
        ),
        webhook_next=(
            "Pour le réactiver, envoyez-lui un événement de test. Les événements survenus entre-temps ne sont"
            " pas envoyés\N{NO-BREAK SPACE}: consultez vos commandes."
        ),
        webhook_disabled_at="Désactivé le {time}",
        webhook="Point de terminaison {webhook_id}",
        export_subject="Vos données",
        export="Vous avez demandé une copie de vos données. Elle est prête, au format JSON.",
        export_private=(
            "Toute personne qui a le lien peut ouvrir le fichier\N{NO-BREAK SPACE}: ne transférez pas cet"
            " e-mail. Si vous n’avez pas demandé cette copie, veuillez nous le signaler."
        ),
        export_link="Télécharger vos données",
        export_until=(
            "Le lien est valable au plus tard jusqu’au {time}. S’il ne fonctionne plus, connectez-vous à la"
            " boutique pour en obtenir un nouveau."
        ),
        export_id="Export n°\N{NO-BREAK SPACE}{export_id}",
        total="Total",
        one_item="{count} article",
        many_items="{count} articles",
        placed="Commande passée le {time}",
        order="Commande n°\N{NO-BREAK SPACE}{order_id}",
    ),
}
