import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import type { ValidateQuoteInput } from '../schema.generated.ts';
import { judgeQuote } from '../verdicts/validate-quote.ts';

/** A verdict without an act: nothing is written, and nothing is kept. */
export async function validateQuote({ ports, call, clock, approvalRules }: Context, input: ValidateQuoteInput) {
  const rules = { today: day(clock), mostDiscountPercent: approvalRules.quoteDiscountPercent };
  const { findings, customer, legalEntityId, lines, charges } = await judgeQuote(ports, input, rules, {
    ...call,
    fresh: true,
  });
  return {
    valid: findings.every(({ severity }) => severity !== 'ERROR'),
    findings,
    customer: customer && { id: customer.id },
    legalEntityId,
    lines: lines.map(({ product, quantity, unitPrice, offered, discountTenths }) => ({
      sku: product.sku,
      quantity,
      listPrice: unitPrice,
      unitPrice: offered,
      discountPercent: discountTenths / 10,
    })),
    charges,
  };
}
