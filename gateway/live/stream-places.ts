import { HttpRefusal } from '../http/answers.ts';

/** How many streams there may be, in this process. */
export interface StreamLimits {
  readonly streamsPerKey: number;
  readonly streams: number;
}

export interface StreamPlaces {
  /** Takes a place; it is given back by what is answered, once. @throws HttpRefusal 429, 503 */
  take(callerId: string): () => void;
}

export function createStreamPlaces({ streamsPerKey, streams }: StreamLimits): StreamPlaces {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(callerId) {
      const mine = taken.get(callerId) ?? 0;
      if (mine >= streamsPerKey) {
        const most = `You may have ${streamsPerKey} streams at once; end one first`;
        throw new HttpRefusal(429, 'RATE_LIMITED', most, { 'retry-after': '5' });
      }
      if (all >= streams) {
        throw new HttpRefusal(503, 'UNAVAILABLE', 'The hub has as many streams as it can; ask again', {
          'retry-after': '5',
        });
      }
      all += 1;
      taken.set(callerId, mine + 1);
      return () => {
        all -= 1;
        const left = (taken.get(callerId) ?? 1) - 1;
        if (left === 0) taken.delete(callerId);
        else taken.set(callerId, left);
      };
    },
  };
}
