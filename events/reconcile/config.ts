import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../../platform/config.ts';

const Shape = z.object({
  /** 0: only when somebody asks. */
  HUB_RECONCILE_EVERY_HOURS: intBetween(0, 720).default(0),
  /** Payments older than that are not compared. */
  HUB_RECONCILE_DAYS: intBetween(1, 3_660).default(90),
  HUB_RECONCILE_INVOICE_DAYS: intBetween(0, 366).default(45),
  HUB_RECONCILE_PAYMENT_DAYS: intBetween(0, 366).default(3),
});

/** When everything is compared, how far back, and what is only on its way. */
export interface ReconcileSettings {
  readonly everyHours: number;
  readonly days: number;
  readonly invoiceDays: number;
  readonly paymentDays: number;
}

/** @throws ConfigError */
export function reconcileSettings(env: Environment): ReconcileSettings {
  const config = readConfig(Shape, env);
  return Object.freeze({
    everyHours: config.HUB_RECONCILE_EVERY_HOURS,
    days: config.HUB_RECONCILE_DAYS,
    invoiceDays: config.HUB_RECONCILE_INVOICE_DAYS,
    paymentDays: config.HUB_RECONCILE_PAYMENT_DAYS,
  });
}

export const DEFAULT_RECONCILE: ReconcileSettings = Object.freeze({
  everyHours: 0,
  days: 90,
  invoiceDays: 45,
  paymentDays: 3,
});
