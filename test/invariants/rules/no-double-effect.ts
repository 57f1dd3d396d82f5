import { countEffects } from '../effects.ts';
import type { Breach, Evidence } from '../evidence.ts';

/** I1: one accepted request has at most one effective order, subscription, right or note in each system, at any time. */
export const noDoubleEffect = ({ runs, ledgers }: Evidence): Breach[] =>
  runs.flatMap(({ id, correlationId }) => {
    const { counts, unknown } = countEffects(id, ledgers);
    const breach = (says: string): Breach => ({ invariant: 'I1', processId: id, correlationId, says });
    return [
      ...unknown.map((effect) => breach(`the checker does not know how ${effect} counts; say it in effects.ts`)),
      ...counts
        .filter(({ opened, ended }) => opened - ended > 1)
        .map(({ vendor, subject, opened, ended }) =>
          breach(`${vendor} holds ${opened - ended} of one ${subject}: made ${opened} times, ended ${ended} times`),
        ),
    ];
  });
