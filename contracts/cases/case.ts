import type { Json } from '../lib/operation.ts';

/** A case: what is sent, which rule it asks about, and what the contract says must come back. */
export interface Case {
  /** Stable: the same contract and inputs give the same ids, whatever the seed. */
  readonly id: string;
  readonly title: string;
  readonly tags: readonly Tag[];
  readonly group: Group;
  /** What is asserted or observed, and where it is written. */
  readonly rule: { readonly name: string; readonly source: string };
  /** Sent one after another; each answer is held to the expectation. */
  readonly requests: readonly CaseRequest[];
  readonly expectation: Expectation;
  /** Sends the right key in the right way, so it has to get past authentication and limit. */
  readonly isAuthorized: boolean;
  /** The keyword of the request schema that it breaks on purpose ("request.schema.json#/properties/a/type"), or null. */
  readonly breaks: string | null;
}

export type Tag = '@smoke' | '@negative' | '@auth' | '@limit';
export type Group =
  | 'positive'
  | 'field'
  | 'body'
  | 'content-type'
  | 'auth'
  | 'method'
  | 'precedence'
  | 'flow'
  | 'limit';

export type Expectation =
  | {
      /** One of these statuses must come, as documented. */
      readonly kind: 'asserted';
      readonly statuses: readonly number[];
      /** Fields at fault, as JSON pointers into the request; null: no single field is, so none is asked for. */
      readonly faults: readonly string[] | null;
    }
  | {
      /** The documents leave it open: success or a documented envelope both hold; 5xx, a hang, a broken envelope never. */
      readonly kind: 'observed';
      /** The request is not of this operation (another method, another path): its success is not held to our schema. */
      readonly isForeign: boolean;
    };

export interface CaseRequest {
  readonly method: string;
  /** Starts with "/"; appended to the base URL. */
  readonly path: string;
  readonly query: { readonly name: string; readonly value: KeyText } | null;
  /** In this order; a name may come twice. Host and Content-Length are the transport's. */
  readonly headers: readonly (readonly [name: string, value: HeaderText])[];
  readonly body: string | Uint8Array | null;
  /** The document that the body says; undefined where it says none, or none for sure. */
  readonly document?: Json | undefined;
}

export type HeaderText = string | KeyText;

/** A text with the key, or something made of it, put in when it is sent: cases never hold the key itself. */
export interface KeyText {
  readonly before: string;
  readonly form: KeyForm;
}

const KEY_FORMS = [
  'whole',
  'without-last',
  'without-first',
  'one-more',
  'last-changed',
  'other-case',
  'basic-user',
  'basic-password',
] as const;
export type KeyForm = (typeof KEY_FORMS)[number];

/** The key in a form; null where the key has no such form (no letters, too short). */
export function keyInForm(key: string, form: KeyForm): string | null {
  if (form === 'whole') return key;
  if (form === 'basic-user') return btoa(`${key}:`);
  if (form === 'basic-password') return btoa(`assay:${key}`);
  if (form === 'one-more') return `${key}0`;
  if (form === 'last-changed') return `${key.slice(0, -1)}${key.endsWith('_') ? '-' : '_'}`;
  if (form === 'other-case') {
    const other = key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase();
    return other === key ? null : other;
  }
  if (key.length < 2) return null;
  return form === 'without-last' ? key.slice(0, -1) : key.slice(1);
}

/** The header or query value to send. */
export function textWithKey(text: HeaderText, key: string): string {
  return typeof text === 'string' ? text : text.before + (keyInForm(key, text.form) ?? '');
}

/** The same for a shell, without the key: "Bearer $ASSAY_API_KEY". Made for double quotes in bash. */
export function textForShell(text: HeaderText): string {
  if (typeof text === 'string') return text.replace(/[\\"$`]/g, '\\$&');
  const forms: Record<KeyForm, string> = {
    whole: '$ASSAY_API_KEY',
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell expansions
    'without-last': '${ASSAY_API_KEY%?}',
    'without-first': '${ASSAY_API_KEY#?}',
    'one-more': '${ASSAY_API_KEY}0',
    'last-changed': '${ASSAY_API_KEY%?}_',
    'other-case': '${ASSAY_API_KEY^^}',
    'basic-user': '$(printf %s: "$ASSAY_API_KEY" | base64 -w0)',
    'basic-password': '$(printf assay:%s "$ASSAY_API_KEY" | base64 -w0)',
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell expansions
  };
  return text.before + forms[text.form];
}

/** Everything made of the key that a case may send, so that it is masked like the key itself. */
export function keyForms(key: string): string[] {
  return KEY_FORMS.map((form) => keyInForm(key, form)).filter((form) => form !== null);
}
