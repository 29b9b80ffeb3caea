import { render } from "preact";
import { lazy, LocationProvider, Route, Router } from "preact-iso";

import { AppContext, createApp } from "./app.js";
import { Layout } from "./components/Layout.js";
import { NotFound } from "./components/states.js";
import { loadConfig } from "./config.js";
import { t } from "./i18n/i18n.js";
import { anotherBuild } from "./reload.js";
import { openIdSession } from "./session.js";
import { BasketPage } from "./shop/BasketPage.js";
import { CataloguePage } from "./shop/CataloguePage.js";
import { CheckoutPage } from "./shop/CheckoutPage.js";
import { OrderPage } from "./shop/OrderPage.js";
import { OrdersPage } from "./shop/OrdersPage.js";
import { ProductPage } from "./shop/ProductPage.js";
import { ProfilePage } from "./shop/ProfilePage.js";
import "./theme.js";

// Customers do not need the console's script.
const ConsolePage = lazy(() => import("./console/ConsolePage.js").then((module) => module.ConsolePage));

const BreakItPage = lazy(() => import("./console/breaking/BreakItPage.js").then((module) => module.BreakItPage));

const root = document.getElementById("app");

async function start(into: HTMLElement): Promise<void> {
  const config = await loadConfig();
  if (config.build !== undefined) {
    void anotherBuild(config.build).then(() => location.reload());
  }
  const session = openIdSession(config, location.origin);
  const goTo = await session.start(new URL(location.href));
  if (goTo !== undefined) {
    history.replaceState(null, "", goTo);
  }
  render(
    <AppContext.Provider value={createApp(config, session)}>
      <LocationProvider>
        <Layout>
          <Router>
            <Route path="/" component={CataloguePage} />
            <Route path="/products/:sku" component={ProductPage} />
            <Route path="/basket" component={BasketPage} />
            <Route path="/checkout" component={CheckoutPage} />
            <Route path="/orders" component={OrdersPage} />
            <Route path="/orders/:orderId" component={OrderPage} />
            <Route path="/profile" component={ProfilePage} />
            {config.breakIt === undefined ? [] : <Route path="/console/break" component={BreakItPage} />}
            <Route path="/console/*" component={ConsolePage} />
            <Route path="/console" component={ConsolePage} />
            <Route default component={NotFound} />
          </Router>
        </Layout>
      </LocationProvider>
    </AppContext.Provider>,
    into,
  );
}

function Unstartable() {
  return (
    <main class="page">
      <section class="notice" role="alert">
        <h1>{t("state.failed")}</h1>
        <p class="muted">{t("state.failedHint")}</p>
        <button class="button primary" onClick={() => location.reload()}>
          {t("state.retry")}
        </button>
      </section>
    </main>
  );
}

if (root !== null) {
  start(root).catch((error: unknown) => {
    console.error(error);
    render(<Unstartable />, root);
  });
}
