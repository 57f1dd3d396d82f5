import type Stripe from 'stripe';

type ErrorType = Stripe.RawErrorType;

/** An error answer of Stripe: https://docs.stripe.com/api/errors. */
export class StripeFault extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string | null;
  readonly param: string | null;
  /** Found before anything was carried out: such an answer is not kept under the idempotency key. */
  readonly beforeExecution: boolean;

  constructor(
    status: number,
    message: string,
    about: { type?: ErrorType; code?: string; param?: string; beforeExecution?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.type = about.type ?? 'invalid_request_error';
    this.code = about.code ?? null;
    this.param = about.param ?? null;
    this.beforeExecution = about.beforeExecution ?? false;
  }

  /** The body of the answer. */
  toWire(): { error: Record<string, string> } {
    return {
      error: {
        ...(this.code === null ? {} : { code: this.code, doc_url: `https://stripe.com/docs/error-codes/${this.code}` }),
        message: this.message,
        ...(this.param === null ? {} : { param: this.param }),
        type: this.type,
      },
    };
  }
}

/** An object named in the path is unknown (404), or one named by a parameter (400): Stripe tells them apart by `param`. */
export const missing = (kind: string, id: string, param = 'id'): StripeFault =>
  new StripeFault(param === 'id' ? 404 : 400, `No such ${kind}: '${id}'`, { code: 'resource_missing', param });

export const refused = (message: string, code?: string, param?: string): StripeFault =>
  new StripeFault(400, message, { ...(code ? { code } : {}), ...(param ? { param } : {}) });
