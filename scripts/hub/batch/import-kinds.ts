import type { z } from 'zod';
import type { GraphAnswer } from '../hub-client.ts';
import { CUSTOMER, LINK, ORDER } from './shapes.ts';

/** What is wrong with a row, or why the hub refused it. */
export interface Problem {
  /** Path in the row; null: it is about the whole row. */
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
}

/** NEW: done by this run. KNOWN: was done before. REFUSED: the hub said no. */
export interface Judged {
  readonly outcome: 'NEW' | 'KNOWN' | 'REFUSED';
  readonly processId: string | null;
  readonly problems: readonly Problem[];
}

interface Question<Row> {
  readonly query: string;
  readonly variables: (row: Row) => object;
  /** @param data as `query` asks for it */
  readonly judged: (data: Readonly<Record<string, unknown>>) => Judged;
}

/** One kind of record that can be imported: what a row is, how the hub is asked about it, and how it is asked to do it. */
export interface ImportKind<Shape extends z.ZodObject = z.ZodObject> {
  readonly shape: Shape;
  readonly refOf: (row: z.infer<Shape>) => string;
  readonly act: Question<z.infer<Shape>>;
  /** Changes nothing. */
  readonly preview: Question<z.infer<Shape>>;
}

const REASONS = 'reasons { code field message }';
const PREVIEW = `{ __typename ... on PreviewRejected { ${REASONS} } }`;

interface Reason {
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
}

interface ActAnswer {
  readonly process?: { readonly id: string };
  readonly replayed?: boolean;
  readonly reasons?: readonly Reason[];
}

function judgedAct({ process, replayed = false, reasons = [] }: ActAnswer): Judged {
  const outcome = process === undefined ? 'REFUSED' : replayed ? 'KNOWN' : 'NEW';
  return { outcome, processId: process?.id ?? null, problems: reasons };
}
const judgedPreview = ({ reasons }: ActAnswer): Judged => ({
  outcome: reasons === undefined ? 'NEW' : 'REFUSED',
  processId: null,
  problems: reasons ?? [],
});

/** The same row is the same act, in whatever file and however often it comes. */
const asInput =
  (kind: string) =>
  ({ ref, ...row }: { ref: string }) => ({
    input: { idempotencyKey: `import-${kind}:${ref}`, ...row },
  });

const customers: ImportKind<typeof CUSTOMER> = {
  shape: CUSTOMER,
  refOf: ({ ref }) => ref,
  act: {
    query: `mutation ($input: OnboardCustomerInput!) { onboardCustomer(input: $input) {
      ... on CustomerOnboarding { process { id } replayed } ... on CustomerNotOnboarded { ${REASONS} } } }`,
    variables: asInput('customer'),
    judged: ({ onboardCustomer }) => judgedAct(onboardCustomer as ActAnswer),
  },
  preview: {
    query: `query ($input: OnboardCustomerInput!) { previewOnboardCustomer(input: $input) ${PREVIEW} }`,
    variables: asInput('customer'),
    judged: ({ previewOnboardCustomer }) => judgedPreview(previewOnboardCustomer as ActAnswer),
  },
};

const orders: ImportKind<typeof ORDER> = {
  shape: ORDER,
  refOf: ({ ref }) => ref,
  act: {
    query: `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) {
      ... on OrderAccepted { process { id } replayed } ... on OrderRejected { ${REASONS} } } }`,
    variables: asInput('order'),
    judged: ({ submitOrder }) => judgedAct(submitOrder as ActAnswer),
  },
  preview: {
    query: `query ($input: SubmitOrderInput!) { previewSubmitOrder(input: $input) ${PREVIEW} }`,
    variables: asInput('order'),
    judged: ({ previewSubmitOrder }) => judgedPreview(previewSubmitOrder as ActAnswer),
  },
};

const done = (outcome: Judged['outcome'], ...problems: Problem[]): Judged => ({ outcome, processId: null, problems });

const links: ImportKind<typeof LINK> = {
  shape: LINK,
  refOf: ({ system, externalId }) => `${system}:${externalId}`,
  act: {
    query: 'mutation ($input: LinkCustomerInput!) { linkCustomer(input: $input) { id } }',
    variables: (input) => ({ input }),
    judged: () => done('NEW'),
  },
  preview: {
    query: `query ($customerId: ID!, $system: System!, $externalId: ID!) {
      asked: customer(id: $customerId) { id } holder: customerByExternalId(system: $system, externalId: $externalId) { id } }`,
    variables: (row) => row,
    judged: (data) => {
      const { asked, holder } = data as Record<'asked' | 'holder', { readonly id: string } | null>;
      if (asked === null) {
        return done('REFUSED', { field: 'customerId', code: 'NOT_FOUND', message: 'there is no customer of this id' });
      }
      if (holder === null) return done('NEW');
      if (holder.id === asked.id) return done('KNOWN');
      const message = `it is linked to ${holder.id}; end that link first`;
      return done('REFUSED', { field: 'externalId', code: 'CONFLICT', message });
    },
  },
};

export const IMPORT_KINDS: Readonly<Record<string, ImportKind>> = {
  // Each is given rows of its own shape only: they come from it.
  customers: customers as unknown as ImportKind,
  orders: orders as unknown as ImportKind,
  links: links as unknown as ImportKind,
};

/** What the hub said as a whole when it did not judge the row: its own words, at the field that it names. */
export const problemsOf = ({ errors }: GraphAnswer<unknown>): readonly Problem[] =>
  errors.map(({ message, extensions: { code = 'UNKNOWN', field } = {} }) => ({
    field: field?.replace(/^input\./, '') ?? null,
    code,
    message,
  }));
