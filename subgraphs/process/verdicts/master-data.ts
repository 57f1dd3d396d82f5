import { isIPv4, isIPv6 } from 'node:net';
import type { PostalAddress } from '../../erp/model.ts';
import type { System } from '../model.ts';
import type { UpdateCustomerInput } from '../schema.generated.ts';
import { judgeText } from './input.ts';
import type { Records } from './records.ts';
import type { Reasons } from './verdict.ts';

/** One field of master data that the caller wants changed. */
export interface MasterData {
  readonly input:
    | 'legalName'
    | 'billingAddress'
    | 'paymentTerms'
    | 'billingEmail'
    | 'segment'
    | 'industry'
    | 'website'
    | 'supportTier';
  readonly canonical: string;
  /** The new value, for people to read. */
  readonly text: string;
}

/** The fields that are given, as `@writes` in the schema names them. */
export function masterDataIn(input: UpdateCustomerInput): MasterData[] {
  const fields: (MasterData | null)[] = [
    named('legalName', input.legalName),
    named('billingAddress', input.billingAddress ? addressText({ ...NOWHERE, ...input.billingAddress }) : null),
    named('paymentTerms', input.paymentTerms),
    named('billingEmail', input.billingEmail),
    named('segment', input.segment),
    named('industry', input.industry),
    named('website', input.website),
    named('supportTier', input.supportTier),
  ];
  return fields.filter((field) => field !== null);
}

const named = (input: MasterData['input'], text: string | null | undefined): MasterData | null =>
  text == null ? null : { input, canonical: `Customer.${input}`, text };

/** Whether the values are such that a system could take them. */
export function judgeMasterData(input: UpdateCustomerInput, reasons: Reasons): void {
  const short = ['legalName', 'segment', 'industry', 'supportTier'] as const;
  for (const name of short) if (input[name] != null) judgeText(input[name], 200, name, reasons);
  if (input.billingEmail != null && !isEmail(input.billingEmail)) {
    reasons.add('BAD_VALUE', 'HUB', 'write an e-mail address like billing@example.com', 'billingEmail');
  }
  if (input.website != null && !isWebsite(input.website)) {
    reasons.add('BAD_VALUE', 'HUB', 'write a web address like https://www.example.com', 'website');
  }
  for (const [part, text] of Object.entries(input.billingAddress ?? {})) {
    if (text == null) continue;
    if (part === 'country') {
      if (!/^[A-Z]{2}$/.test(text)) {
        reasons.add('BAD_VALUE', 'HUB', 'write the country as ISO 3166-1 alpha-2, like DE', 'billingAddress.country');
      }
    } else judgeText(text, 150, `billingAddress.${part}`, reasons);
  }
}

/** What its owner holds for the field now, for people to read; null: nothing. */
export async function heldValue({ input }: MasterData, owner: System, records: Records): Promise<string | null> {
  const address = (at: PostalAddress | null | undefined): string | null => (at ? addressText(at) : null);
  if (owner === 'ERP') {
    const legal = await records.erp();
    if (input === 'legalName') return legal?.legalName ?? null;
    if (input === 'paymentTerms') return legal?.paymentTerms ?? null;
    if (input === 'billingAddress') return address(legal?.billingAddress);
  }
  if (owner === 'CRM') {
    const account = await records.crm();
    if (input === 'segment' || input === 'industry' || input === 'website') return account?.[input] ?? null;
    if (input === 'billingAddress') return address(account?.billingAddress);
  }
  if (owner === 'BILLING' && input === 'billingEmail') return (await records.billing())?.email ?? null;
  if (owner === 'SUPPORT' && input === 'supportTier') return (await records.support())?.supportTier ?? null;
  return null;
}

const NOWHERE: PostalAddress = { line1: null, line2: null, city: null, region: null, postalCode: null, country: null };

const addressText = ({
  line1,
  line2,
  city,
  region,
  postalCode,
  country,
}: { [Part in keyof PostalAddress]?: string | null | undefined }): string =>
  [line1, line2, [postalCode, city].filter(Boolean).join(' '), region, country].filter(Boolean).join(', ');

export const isEmail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@<>()",;:]+@[^\s@<>()",;:]+\.[^\s@.]{2,}$/.test(text);

function isWebsite(text: string): boolean {
  if (text.length > 255 || /\s/.test(text)) return false;
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  const host = url?.hostname ?? '';
  return /^https?:$/.test(url?.protocol ?? '') && host.includes('.') && !isIPv4(host) && !isIPv6(host);
}
