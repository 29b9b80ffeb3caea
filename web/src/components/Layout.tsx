/** The header, navigation and footer of every page. */

import { useLocation } from "preact-iso";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { useApp } from "../app.js";
import { countUnits } from "../basket.js";
import { language, setLanguage, t } from "../i18n/i18n.js";
import { LANGUAGES } from "../i18n/messages.js";
import { online } from "../online.js";
import { isDark, toggleTheme } from "../theme.js";
import { Icon } from "./Icon.js";

export function Layout({ children }: { children: ComponentChildren }) {
  const { config, session } = useApp();
  const { path } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    // After a navigation, keyboard and screen reader users continue at the top of the new page.
    if (before.current !== path) {
      before.current = path;
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [path]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t("skip")}
      </a>
      <Header />
      {!online.value && (
        <p class="banner" role="status">
          {t("state.offline")}
        </p>
      )}
      {session.hasTrouble.value && (
        <p class="banner" role="alert">
          {t("state.noIssuer")}
        </p>
      )}
      <main id="main" tabIndex={-1} ref={main} class="page">
        {children}
      </main>
      <footer class="footer">
        <div class="page footer-row">
          <span>
            {t("shop.name")} · {t("footer.stage", { stage: config.stage })}
          </span>
          {config.stage === "local" && <span>{t("footer.demo")}</span>}
        </div>
      </footer>
    </>
  );
}

function Header() {
  const { session, basket } = useApp();
  const { path } = useLocation();
  const count = countUnits(basket.value);
  const person = session.person.value;
  const current = (prefix: string) =>
    (prefix === "/" ? path === "/" || path.startsWith("/products") : path.startsWith(prefix)) ? "page" : undefined;
  return (
    <header class="header">
      <div class="page header-row">
        <a class="brand" href="/" aria-label={t("shop.name")}>
          <img src="/favicon.svg" alt="" width="30" height="30" />
          <span>{t("shop.name")}</span>
        </a>
        <nav class="nav" aria-label={t("nav.main")}>
          <a href="/" aria-current={current("/")}>
            {t("nav.shop")}
          </a>
          <a href="/orders" aria-current={current("/orders")}>
            {t("nav.orders")}
          </a>
          {session.can("orders:admin") && (
            <a href="/console" aria-current={current("/console")}>
              {t("nav.console")}
            </a>
          )}
        </nav>
        <div class="tools">
          <label class="language">
            <span class="visually-hidden">{t("nav.language")}</span>
            <select
              value={language.value}
              onChange={(event) => {
                const wanted = event.currentTarget.value;
                LANGUAGES.filter((each) => each === wanted).forEach(setLanguage);
              }}
            >
              {LANGUAGES.map((each) => (
                <option value={each} key={each}>
                  {each.toUpperCase()}
                </option>
              ))}
            </select>
          </label>
          <button
            class="tool"
            aria-label={t("nav.theme")}
            aria-pressed={isDark.value}
            title={t("nav.theme")}
            onClick={toggleTheme}
          >
            <Icon name={isDark.value ? "sun" : "moon"} />
          </button>
          {person === undefined ? (
            <button class="tool wide" onClick={() => session.signIn(location.pathname + location.search)}>
              <Icon name="user" />
              <span>{t("nav.signIn")}</span>
            </button>
          ) : (
            <>
              <a class="tool wide" href="/profile" aria-current={current("/profile")} title={t("nav.profile")}>
                <Icon name="user" />
                <span>{person.name}</span>
              </a>
            </>
          )}
          <a class="tool basket" href="/basket" aria-label={t("nav.basketCount", { count })}>
            <Icon name="basket" />
            {count > 0 && (
              <span class="count" key={count} aria-hidden="true">
                {count}
              </span>
            )}
          </a>
        </div>
      </div>
    </header>
  );
}
