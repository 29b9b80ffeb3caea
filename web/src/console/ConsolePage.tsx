/** The operator's pages. */

import { useLocation } from "preact-iso";

import { NotFound, Protected } from "../components/states.js";
import { t } from "../i18n/i18n.js";
import { useTitle } from "../title.js";
import { AnyOrderPage } from "./AnyOrderPage.js";
import { CustomerPage } from "./CustomerPage.js";
import { Finder } from "./Finder.js";
import { OpenOrdersPage } from "./OpenOrdersPage.js";
import { StockPage } from "./StockPage.js";
import { StockTable } from "./StockTable.js";

export function ConsolePage() {
  const { path } = useLocation();
  const isStock = path.startsWith("/console/stock");
  useTitle(t("console.title"));
  return (
    <Protected scope="orders:admin">
      <div class="console-bar">
        <nav class="nav" aria-label={t("console.nav")}>
          <a href="/console" aria-current={isStock ? undefined : "page"}>
            {t("console.open")}
          </a>
          <a href="/console/stock" aria-current={isStock ? "page" : undefined}>
            {t("console.stock")}
          </a>
        </nav>
        <Finder />
      </div>
      <Page path={path} />
    </Protected>
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
