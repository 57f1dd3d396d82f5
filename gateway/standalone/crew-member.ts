import type { ToPrimary, ToWorker } from './crew-messages.ts';

export interface MemberOptions {
  /** @throws Error that says why it cannot be served */
  readonly take: (supergraphSdl: string) => Promise<void>;
  readonly open: () => Promise<void>;
}

/** Serves as one of a crew: does what the primary says, in its order. Done when the door is open. @throws what `open` does */
export function joinCrew({ take, open }: MemberOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const tell = (message: ToPrimary): void => {
    if (process.connected) process.send?.(message);
  };
  const obey = async (message: ToWorker): Promise<void> => {
    if (message.kind === 'open') {
      await open().then(resolve, reject);
      return;
    }
    const { number, supergraphSdl } = message;
    const refused = await take(supergraphSdl).then(
      () => null,
      (error: Error) => error.message,
    );
    tell({ kind: 'taken', number, refused });
  };
  let done: Promise<void> = Promise.resolve();
  process.on('message', (message: ToWorker) => {
    done = done.then(() => obey(message)); // `obey` does not reject
  });
  tell({ kind: 'hello' });
  return promise;
}
