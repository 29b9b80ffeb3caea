import { ApiError, type FieldError, type Profile, type Schemas, type Versioned } from "@order-backend/client";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { forgetAttempt } from "../checkout.js";
import { type AddressDraft, AddressFields, addressOf, draftOf } from "../components/AddressFields.js";
import { Dialog } from "../components/Dialog.js";
import { Icon } from "../components/Icon.js";
import { Protected, Show } from "../components/states.js";
import { t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";
import { useTitle } from "../title.js";
import { ExportPanel } from "./ExportPanel.js";

type Language = Schemas["Language"];
const MAIL_LANGUAGES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch", fr: "Français" };

export function ProfilePage() {
  const { session } = useApp();
  useTitle(t("profile.title"));
  const signOut = () => {
    forgetAttempt(localStorage);
    void session.signOut();
  };
  return (
    <Protected scope="customers:read">
      <div class="title-row">
        <h1>{t("profile.title")}</h1>
        <button class="button push" onClick={signOut}>
          {t("nav.signOut")}
        </button>
      </div>
      <Loaded />
    </Protected>
  );
}

function Loaded() {
  const { api } = useApp();
  const [profile, reload] = useResource((signal) => api.getProfile({ signal }), []);
  const [notice, setNotice] = useState<string>();
  const [isNew, setNew] = useState(false);
  return (
    <>
      {notice && (
        <p class="said good" role="status">
          {notice}
        </p>
      )}
      <Show resource={profile} reload={reload}>
        {(found) => (
          <Form
            found={found}
            onGone={(text) => {
              setNotice(text);
              setNew(false);
              reload();
            }}
            onSaved={() => setNew(true)}
          />
        )}
      </Show>
      {profile.state === "ready" && (profile.value !== undefined || isNew) && <ExportPanel />}
    </>
  );
}

function Form({
  found,
  onGone,
  onSaved,
}: {
  found: Versioned<Profile> | undefined;
  onGone: (notice: string) => void;
  onSaved: () => void;
}) {
  const { api } = useApp();
  const [version, setVersion] = useState(found);
  const [email, setEmail] = useState(found?.value.email ?? "");
  const [mail, setMail] = useState<Language | "">(found?.value.language ?? "");
  const [hasAddress, setHasAddress] = useState(found?.value.address !== undefined);
  const [draft, setDraft] = useState<AddressDraft>(() => draftOf(found?.value.address));
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const [said, say] = useState<{ good: boolean; text: string }>();
  const [isBusy, setBusy] = useState(false);
  const [isAsking, ask] = useState(false);

  const save = async () => {
    setBusy(true);
    say(undefined);
    setErrors([]);
    const wanted: Schemas["PutProfile"] = {
      email: email.trim(),
      ...(mail === "" ? {} : { language: mail }),
      ...(hasAddress ? { address: addressOf(draft) } : {}),
    };
    try {
      setVersion(await api.putProfile(wanted, version?.etag));
      say({ good: true, text: t("profile.saved") });
      onSaved();
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) {
        onGone(t("profile.changedElsewhere"));
        return;
      }
      setErrors(error instanceof ApiError ? error.fieldErrors : []);
      say({ good: false, text: (error instanceof ApiError && error.problem?.detail) || t("state.failed") });
    }
    setBusy(false);
  };
  const remove = async () => {
    setBusy(true);
    try {
      await api.deleteProfile();
      onGone(t("profile.deleted"));
    } catch {
      say({ good: false, text: t("state.failed") });
    }
    setBusy(false);
    ask(false);
  };
  const emailError = errors.find((each) => each.field === "email")?.message;
  return (
    <form
      class="panel stack narrow below"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div class="field">
        <label for="email">{t("profile.email")}</label>
        <input
          id="email"
          type="email"
          autocomplete="email"
          required
          value={email}
          aria-invalid={emailError !== undefined}
          aria-describedby="email-hint"
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
        <span class={emailError ? "field-error" : "muted"} id="email-hint">
          {emailError ?? t("profile.emailHint")}
        </span>
      </div>
      <div class="field">
        <label for="mail-language">{t("profile.language")}</label>
        <select
          id="mail-language"
          value={mail}
          onChange={(event) => setMail(event.currentTarget.value as Language | "")}
        >
          <option value="">{t("profile.shopLanguage")}</option>
          {Object.entries(MAIL_LANGUAGES).map(([tag, name]) => (
            <option value={tag} key={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={hasAddress}
          onChange={(event) => setHasAddress(event.currentTarget.checked)}
        />
        {t("profile.withAddress")}
      </label>
      {hasAddress && <AddressFields draft={draft} onChange={setDraft} errors={errors} path="address" />}
      <div class="row">
        <button class="button primary" disabled={isBusy}>
          {t("profile.save")}
        </button>
        {version !== undefined && (
          <button type="button" class="button danger" onClick={() => ask(true)}>
            {t("profile.delete")}
          </button>
        )}
      </div>
      <p class={`said ${said?.good ? "good" : "bad"}`} role="status">
        {said?.good && <Icon name="check" />} {said?.text}
      </p>
      <Dialog
        open={isAsking}
        title={t("profile.deleteAsk")}
        hint={t("profile.deleteAskHint")}
        yes={t("profile.deleteYes")}
        no={t("order.cancelNo")}
        busy={isBusy}
        onYes={remove}
        onNo={() => ask(false)}
      />
    </form>
  );
}
