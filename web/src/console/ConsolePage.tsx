/** The operator's pages. */

import { useLocation } from "preact-iso";

import { NotFound } from "../components/states.js";
import { AnyOrderPage } from "./AnyOrderPage.js";
import { ConsoleFrame } from "./ConsoleFrame.js";
import { CustomerPage } from "./CustomerPage.js";
import { OpenOrdersPage } from "./OpenOrdersPage.js";
import { StockPage } from "./StockPage.js";
import { StockTable } from "./StockTable.js";

export function ConsolePage() {
  const { path } = useLocation();
  return (
    <ConsoleFrame current={path.startsWith("/console/stock") ? "stock" : "open"}>
      <Page path={path} />
    </ConsoleFrame>
  );
}

function Page({ path }: { path: string }) {
  const [kind = "", id = "", ...more] = path.split("/").slice(2);
  const name = decodeURIComponent(id);
  if (kind === "" && more.length === 0) {
    return <OpenOrdersPage />;
  }
  if (kind === "stock" && id === "") {
    return <StockTable />;
  }
  if (id !== "" && more.length === 0) {
    switch (kind) {
      case "orders":
        return <AnyOrderPage orderId={name} key={name} />;
      case "customers":
        return <CustomerPage customerId={name} />;
      case "stock":
        return <StockPage sku={name} />;
    }
  }
  return <NotFound />;
}
