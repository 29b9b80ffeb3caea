/** The objects that all pages share: created once from the configuration, and provided by a context. */

import { effect, type Signal, signal } from "@preact/signals";
import { OrdersClient } from "@order-backend/client";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { type Basket, concernsBasket, loadBasket, saveBasket } from "./basket.js";
import type { Config } from "./config.js";
import { type Audience, type Live, live, withoutLive } from "./live.js";
import type { Session } from "./session.js";

export interface App {
  readonly config: Config;
  readonly session: Session;
  readonly api: OrdersClient;
  readonly basket: Signal<Basket>;
  /** Notifies of changes: of the user's own orders, or of all orders. */
  readonly live: { readonly mine: Live; readonly all: Live };
  /** Returns the URL of a thumbnail, which is a path of the API. */
  imageUrl(path: string): string;
}

export function createApp(config: Config, session: Session): App {
  const baseUrl = new URL(config.apiUrl, location.origin).href.replace(/\/$/, "");
  const basket = signal(loadBasket(localStorage));
  effect(() => saveBasket(localStorage, basket.value));
  addEventListener("storage", (event) => {
    if (concernsBasket(event)) {
      basket.value = loadBasket(localStorage);
    }
  });
  return {
    config,
    session,
    api: new OrdersClient({ baseUrl, token: () => session.token() }),
    basket,
    live: { mine: liveFor(config, session, "mine"), all: liveFor(config, session, "all") },
    imageUrl: (path) => baseUrl + path,
  };
}

function liveFor(config: Config, session: Session, audience: Audience): Live {
  return config.liveUrl === undefined
    ? withoutLive()
    : live({ url: config.liveUrl, audience, token: () => session.token() });
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) {
    throw new Error("useApp must be called below an AppContext.Provider");
  }
  return app;
}
