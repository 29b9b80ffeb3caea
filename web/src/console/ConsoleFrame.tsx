/** What is around every page of the console. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { useApp } from "../app.js";
import { Protected } from "../components/states.js";
import { t } from "../i18n/i18n.js";
import { useTitle } from "../title.js";
import { Finder } from "./Finder.js";

const PAGES = [
  { name: "open", path: "/console" },
  { name: "stock", path: "/console/stock" },
  { name: "sales", path: "/console/sales" },
  { name: "metrics", path: "/console/metrics" },
  { name: "queues", path: "/console/queues" },
  { name: "break", path: "/console/break" },
] as const;

export type ConsolePageName = (typeof PAGES)[number]["name"];

export function ConsoleFrame({ current, children }: { current: ConsolePageName; children: ComponentChildren }) {
  const { config } = useApp();
  const nav = useRef<HTMLElement>(null);
  useTitle(t("console.title"));
  useEffect(() => {
    // On a phone the links do not fit: show the current one.
    const link = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && link) {
      nav.current.scrollLeft = link.offsetLeft - nav.current.offsetLeft - (nav.current.clientWidth - link.offsetWidth) / 2;
    }
  }, [current]);
  return (
    <Protected scope="orders:admin">
      <div class="console-bar">
        <nav class="nav" aria-label={t("console.nav")} ref={nav}>
          {PAGES.filter(({ name }) => name !== "break" || config.breakIt !== undefined).map(({ name, path }) => (
            <a href={path} aria-current={name === current ? "page" : undefined} key={name}>
              {t(`console.${name}`)}
            </a>
          ))}
        </nav>
        <Finder />
      </div>
      {children}
    </Protected>
  );
}
