/** The operator's pages. */

import { useLocation } from "preact-iso";

import { NotFound } from "../components/states.js";
import { AnyOrderPage } from "./AnyOrderPage.js";
import { ConsoleFrame, type ConsolePageName } from "./ConsoleFrame.js";
import { CustomerPage } from "./CustomerPage.js";
import { MetricsPage } from "./MetricsPage.js";
import { OpenOrdersPage } from "./OpenOrdersPage.js";
import { QueuePage } from "./QueuePage.js";
import { QueuesPage } from "./QueuesPage.js";
import { SalesPage } from "./SalesPage.js";
import { StockPage } from "./StockPage.js";
import { StockTable } from "./StockTable.js";

export function ConsolePage() {
  const { path } = useLocation();
  return (
    <ConsoleFrame current={currentOf(path)}>
      <Page path={path} />
    </ConsoleFrame>
  );
}

function currentOf(path: string): ConsolePageName {
  const [, , kind] = path.split("/");
  return kind === "stock" || kind === "sales" || kind === "metrics" || kind === "queues" ? kind : "open";
}

function Page({ path }: { path: string }) {
  const [kind = "", id = "", ...more] = path.split("/").slice(2);
  const name = decodeURIComponent(id);
  if (kind === "" && more.length === 0) {
    return <OpenOrdersPage />;
  }
  if (id === "") {
    switch (kind) {
      case "stock":
        return <StockTable />;
      case "sales":
        return <SalesPage />;
      case "metrics":
        return <MetricsPage />;
      case "queues":
        return <QueuesPage />;
    }
  }
  if (id !== "" && more.length === 0) {
    switch (kind) {
      case "orders":
        return <AnyOrderPage orderId={name} key={name} />;
      case "customers":
        return <CustomerPage customerId={name} />;
      case "stock":
        return <StockPage sku={name} />;
      case "queues":
        return <QueuePage queue={name} key={name} />;
    }
  }
  return <NotFound />;
}
