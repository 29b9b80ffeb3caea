/** The states of a page without content: loading, empty, failed, signed out. */

import { ApiError } from "@order-backend/client";
import type { ComponentChildren } from "preact";

import { useApp } from "../app.js";
import { t } from "../i18n/i18n.js";
import type { MessageKey } from "../i18n/messages.js";
import type { Resource } from "../resource.js";
import { Icon, type IconName } from "./Icon.js";

export function Notice(props: {
  icon: IconName;
  title: MessageKey;
  hint?: string;
  children?: ComponentChildren;
  alert?: boolean;
}) {
  return (
    <section class="notice" role={props.alert ? "alert" : undefined}>
      <span class="notice-icon">
        <Icon name={props.icon} />
      </span>
      <h2>{t(props.title)}</h2>
      {props.hint && <p class="muted">{props.hint}</p>}
      {props.children && <div class="row">{props.children}</div>}
    </section>
  );
}

export function NotFound() {
  return (
    <Notice icon="compass" title="state.notFound" hint={t("state.notFoundHint")}>
      <a class="button" href="/">
        {t("state.home")}
      </a>
    </Notice>
  );
}

export function SignInNeeded() {
  const { session } = useApp();
  return (
    <Notice icon="lock" title="state.signIn" hint={t("state.signInHint")}>
      <button class="button primary" onClick={() => session.signIn(location.pathname + location.search)}>
        {t("nav.signIn")}
      </button>
    </Notice>
  );
}

export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  if (error instanceof ApiError && error.status === 401) {
    return <SignInNeeded />;
  }
  if (error instanceof ApiError && error.status === 404) {
    return <NotFound />;
  }
  if (error instanceof ApiError && error.status === 403) {
    return <Notice icon="lock" title="state.forbidden" hint={t("state.forbiddenHint")} />;
  }
  return (
    <Notice icon="cloud" title="state.failed" hint={t("state.failedHint")} alert>
      <button class="button primary" onClick={retry}>
        {t("state.retry")}
      </button>
      {error instanceof ApiError && error.requestId && (
        <small class="muted">{t("state.request", { id: error.requestId })}</small>
      )}
    </Notice>
  );
}

export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="skeletons" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: rows }, (_, index) => (
        <div class="skeleton" key={index} />
      ))}
    </div>
  );
}

/** Shows a resource when it is ready, and its loading or error state before. */
export function Show<T>(props: {
  resource: Resource<T>;
  reload: () => void;
  loading?: ComponentChildren;
  children: (value: T) => ComponentChildren;
}) {
  const { resource } = props;
  if (resource.state === "loading") {
    return <>{props.loading ?? <Loading />}</>;
  }
  if (resource.state === "failed") {
    return <Failed error={resource.error} retry={props.reload} />;
  }
  return <>{props.children(resource.value)}</>;
}

/** Shows its children only to a user who is signed in and has the scope. */
export function Protected({ scope, children }: { scope: string; children: ComponentChildren }) {
  const { session } = useApp();
  if (session.person.value === undefined) {
    return <SignInNeeded />;
  }
  if (!session.can(scope)) {
    return <Notice icon="lock" title="state.forbidden" hint={t("state.forbiddenHint")} />;
  }
  return <>{children}</>;
}
