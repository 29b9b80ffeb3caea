/** The fields of a delivery address, each with its error from the API. */

import type { FieldError, Schemas } from "@order-backend/client";
import type { TargetedEvent } from "preact";

import COUNTRIES from "../generated/countries.json";
import { locale, t } from "../i18n/i18n.js";
import type { MessageKey } from "../i18n/messages.js";

export type Address = Schemas["PostalAddress"];
export type AddressDraft = Record<(typeof NAMES)[number], string>;

const NAMES = ["name", "line1", "line2", "postalCode", "city", "region", "country"] as const;
const OPTIONAL: ReadonlySet<string> = new Set(["line2", "region", "postalCode"]);
const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  name: "name",
  line1: "address-line1",
  line2: "address-line2",
  postalCode: "postal-code",
  city: "address-level2",
  region: "address-level1",
};

export function draftOf(address: Partial<Record<keyof AddressDraft, string | null>> = {}): AddressDraft {
  const entries = NAMES.map((name) => [name, address[name] ?? ""]);
  return { country: regionOf(locale.value), ...withoutEmpty(Object.fromEntries(entries)) } as AddressDraft;
}

/** Returns the address to send, without empty fields. */
export function addressOf(draft: AddressDraft): Address {
  const trimmed = Object.fromEntries(Object.entries(draft).map(([name, value]) => [name, value.trim()]));
  return withoutEmpty(trimmed) as unknown as Address;
}

export function AddressFields(props: {
  draft: AddressDraft;
  onChange: (draft: AddressDraft) => void;
  errors?: readonly FieldError[];
  /** The path of the address in the request's body. */
  path: string;
}) {
  const { draft, errors = [], path } = props;
  const names = new Intl.DisplayNames(locale.value, { type: "region" });
  const countries = COUNTRIES.map((code) => ({ code, name: names.of(code) ?? code })).sort((one, other) =>
    one.name.localeCompare(other.name, locale.value),
  );
  const set = (name: keyof AddressDraft) => (event: TargetedEvent<HTMLInputElement | HTMLSelectElement>) =>
    props.onChange({ ...draft, [name]: event.currentTarget.value });
  return (
    <div class="fields">
      {NAMES.map((name) => {
        const error = errors.find((each) => each.field === `${path}.${name}`)?.message;
        const id = `address-${name}`;
        const described = error === undefined ? {} : { "aria-invalid": true, "aria-describedby": `${id}-error` };
        return (
          <div class={`field ${name}`} key={name}>
            <label for={id}>{t(`checkout.${name}` as MessageKey)}</label>
            {name === "country" ? (
              <select id={id} value={draft.country} autocomplete="country" onChange={set(name)} {...described}>
                <option value="" />
                {countries.map((country) => (
                  <option value={country.code} key={country.code}>
                    {country.name}
                  </option>
                ))}
              </select>
            ) : (
              <input
                id={id}
                value={draft[name]}
                autocomplete={AUTOCOMPLETE[name] as "name"}
                maxLength={name === "postalCode" ? 16 : 120}
                required={!OPTIONAL.has(name)}
                onInput={set(name)}
                {...described}
              />
            )}
            {error !== undefined && (
              <span class="field-error" id={`${id}-error`}>
                {error}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}

function withoutEmpty(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

/** Returns the country of a locale: `AT` for `de-AT`. */
function regionOf(tag: string): string {
  return new Intl.Locale(tag).region ?? "";
}
