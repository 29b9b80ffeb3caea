"""All shapes: for the route table, and for what describes or tests all of them.

A handler imports the modules of its own shapes, since each class costs its start time.
"""

from ordering.http.shapes.addresses import AddressView as AddressView
from ordering.http.shapes.addresses import PostalAddress as PostalAddress
from ordering.http.shapes.admin import AnyOrderView as AnyOrderView
from ordering.http.shapes.admin import FaultView as FaultView
from ordering.http.shapes.admin import OpenOrders as OpenOrders
from ordering.http.shapes.admin import OpenOrderView as OpenOrderView
from ordering.http.shapes.base import View as View
from ordering.http.shapes.customers import ExportView as ExportView
from ordering.http.shapes.customers import ProfileView as ProfileView
from ordering.http.shapes.customers import PutProfile as PutProfile
from ordering.http.shapes.health import HealthView as HealthView
from ordering.http.shapes.images import ImagesView as ImagesView
from ordering.http.shapes.images import ImageView as ImageView
from ordering.http.shapes.images import OrderImages as OrderImages
from ordering.http.shapes.images import ThumbnailView as ThumbnailView
from ordering.http.shapes.images import UploadForm as UploadForm
from ordering.http.shapes.images import UploadImage as UploadImage
from ordering.http.shapes.orders import LineView as LineView
from ordering.http.shapes.orders import OrderPage as OrderPage
from ordering.http.shapes.orders import OrderSummaryView as OrderSummaryView
from ordering.http.shapes.orders import OrderView as OrderView
from ordering.http.shapes.orders import PaymentView as PaymentView
from ordering.http.shapes.orders import ShipmentView as ShipmentView
from ordering.http.shapes.orders import TransitionView as TransitionView
from ordering.http.shapes.orders import WaitingFor as WaitingFor
from ordering.http.shapes.placing import MAX_PAYMENT_TOKEN as MAX_PAYMENT_TOKEN
from ordering.http.shapes.placing import LineWanted as LineWanted
from ordering.http.shapes.placing import PlaceOrder as PlaceOrder
from ordering.http.shapes.products import ProductPage as ProductPage
from ordering.http.shapes.products import ProductView as ProductView
from ordering.http.shapes.products import PutProduct as PutProduct
from ordering.http.shapes.queues import DeadLetterList as DeadLetterList
from ordering.http.shapes.queues import DeadLetterView as DeadLetterView
from ordering.http.shapes.queues import KeptLetter as KeptLetter
from ordering.http.shapes.queues import QueueList as QueueList
from ordering.http.shapes.queues import QueueView as QueueView
from ordering.http.shapes.queues import RedriveView as RedriveView
from ordering.http.shapes.queues import UnreadableQueueView as UnreadableQueueView
from ordering.http.shapes.queues import WorkQueueView as WorkQueueView
from ordering.http.shapes.sales import SalesPage as SalesPage
from ordering.http.shapes.sales import SalesTotal as SalesTotal
from ordering.http.shapes.stock import ReceiveStock as ReceiveStock
from ordering.http.shapes.stock import StockEntryView as StockEntryView
from ordering.http.shapes.stock import StockPage as StockPage
from ordering.http.shapes.stock import StockView as StockView
from ordering.http.shapes.webhooks import CreateWebhook as CreateWebhook
from ordering.http.shapes.webhooks import WebhookDeliveryPage as WebhookDeliveryPage
from ordering.http.shapes.webhooks import WebhookDeliveryView as WebhookDeliveryView
from ordering.http.shapes.webhooks import WebhookList as WebhookList
from ordering.http.shapes.webhooks import WebhookView as WebhookView
from ordering.http.shapes.webhooks import WebhookWithSecret as WebhookWithSecret
