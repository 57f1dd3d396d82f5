import { MINOR_PER_EURO_CENT } from './legal-entities.ts';
import type { WorldProduct } from './world.ts';

type Row = readonly [
  sku: string,
  name: string,
  euroCents: number,
  onHand?: number,
  committed?: number,
  active?: boolean,
];

/** Instruments, spares and accessories; held in stock. */
const GOODS: readonly Row[] = [
  ['GDS-SENSOR-10', 'Flow sensor DN10', 18900, 5400, 210],
  ['GDS-SENSOR-25', 'Flow sensor DN25', 24900, 3800, 160],
  ['GDS-SENSOR-50', 'Flow sensor DN50', 39900, 2100, 75],
  ['GDS-SENSOR-TEMP', 'Temperature probe PT100', 6400, 9800, 420],
  ['GDS-SENSOR-PH', 'pH probe, glass', 14200, 2600, 90],
  ['GDS-GATEWAY-4G', 'Field gateway, 4G', 32900, 1450, 60],
  ['GDS-GATEWAY-LAN', 'Field gateway, Ethernet', 27900, 1900, 45],
  ['GDS-DISPLAY-7', 'Panel display, 7 inch', 45900, 620, 38],
  ['GDS-DISPLAY-12', 'Panel display, 12 inch', 78900, 240, 21],
  ['GDS-VALVE-15', 'Control valve, 15 mm', 21500, 1700, 66],
  ['GDS-VALVE-40', 'Control valve, 40 mm', 36500, 830, 29],
  ['GDS-PUMP-S', 'Dosing pump, small', 54900, 410, 17],
  ['GDS-PUMP-L', 'Dosing pump, large', 129000, 95, 12],
  ['GDS-CABLE-5M', 'Sensor cable, 5 m', 1900, 24000, 1200],
  ['GDS-CABLE-20M', 'Sensor cable, 20 m', 4900, 9600, 380],
  ['GDS-MOUNT-DIN', 'DIN rail mount', 1250, 18500, 640],
  ['GDS-BATTERY', 'Backup battery pack', 8900, 3100, 140],
  ['GDS-CALKIT', 'Calibration kit', 59900, 0, 0], // sold out: orders for it are refused or wait
  ['GDS-SENSOR-8', 'Flow sensor DN8 (replaced by DN10)', 16900, 12, 0, false],
];

const SERVICES: readonly Row[] = [
  ['SVC-ONBOARD', 'Onboarding workshop, per day', 125000],
  ['SVC-INSTALL', 'Installation on site, per day', 98000],
  ['SVC-CALIBRATE', 'Calibration service, per instrument', 14500],
  ['SVC-TRAINING', 'Operator training, per seat', 39000],
  ['SVC-INTEGRATE', 'Integration engineering, per day', 140000],
  ['SVC-AUDIT', 'Compliance audit', 320000],
  ['SVC-REPAIR', 'Repair, flat rate', 22000],
  ['SVC-MIGRATE', 'Data migration, per site', 210000],
];

/** Per seat or device and month. */
const SUBSCRIPTIONS: readonly Row[] = [
  ['SUB-CLOUD-TEAM', 'Meridian Cloud Team, per seat', 2400],
  ['SUB-CLOUD-BUSINESS', 'Meridian Cloud Business, per seat', 3900],
  ['SUB-CLOUD-ENTERPRISE', 'Meridian Cloud Enterprise, per seat', 6900],
  ['SUB-TELEMETRY', 'Telemetry, per device', 450],
  ['SUB-TELEMETRY-PLUS', 'Telemetry Plus, per device', 790],
  ['SUB-ANALYTICS', 'Analytics, per seat', 5400],
  ['SUB-ALERTS', 'Alerting, per device', 190],
  ['SUB-SUPPORT-PREMIUM', 'Premium support, per seat', 1500],
  ['SUB-ARCHIVE', 'Ten-year archive, per device', 120],
  ['SUB-API', 'API access, per seat', 2900],
  ['SUB-MOBILE', 'Mobile app, per seat', 700],
  ['SUB-CLOUD-BASIC', 'Meridian Cloud Basic, per seat (no longer sold)', 1200, undefined, undefined, false],
];

const CLASS = { GOODS: 'GOODS_STANDARD', SERVICE: 'SERVICE_STANDARD', SUBSCRIPTION: 'DIGITAL_STANDARD' } as const;

const product = (kind: WorldProduct['kind'], [sku, name, euroCents, onHand, committed, active]: Row): WorldProduct => ({
  sku,
  name,
  kind,
  active: active ?? true,
  taxClass: CLASS[kind],
  prices: Object.fromEntries(
    Object.entries(MINOR_PER_EURO_CENT).map(([currency, rate]) => [currency, listPrice(euroCents * rate)]),
  ),
  onHand: onHand ?? null,
  committed: committed ?? 0,
});

/** Prices end on a round figure: tens below a thousand minor units, hundreds above. */
const listPrice = (minor: number): number => Math.round(minor / (minor < 1000 ? 10 : 100)) * (minor < 1000 ? 10 : 100);

export const PRODUCTS: readonly WorldProduct[] = [
  ...GOODS.map((row) => product('GOODS', row)),
  ...SERVICES.map((row) => product('SERVICE', row)),
  ...SUBSCRIPTIONS.map((row) => product('SUBSCRIPTION', row)),
];

const BY_SKU = new Map(PRODUCTS.map((entry) => [entry.sku, entry]));

/** The list price of one unit, in minor units. @throws RangeError for what is not in the catalogue */
export function priceOf(sku: string, currency: string): number {
  const price = BY_SKU.get(sku)?.prices[currency];
  if (price === undefined) throw new RangeError(`${sku} has no price in ${currency}`);
  return price;
}
