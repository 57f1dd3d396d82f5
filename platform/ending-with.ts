/** Ends by itself, and with another signal until it is released. */
export interface Ending {
  readonly signal: AbortSignal;
  end(reason?: unknown): void;
  /** Lets go of the other signal: what is over need not be ended. */
  release(): void;
}

/**
 * For what is over before the other signal is. `AbortSignal.any` would do the same by weak references, for who cannot say when
 * it is over, and takes four times as long.
 */
export function endingWith(other: AbortSignal): Ending {
  const own = new AbortController();
  const follow = () => own.abort(other.reason);
  if (other.aborted) follow();
  else other.addEventListener('abort', follow, { once: true });
  return {
    signal: own.signal,
    end: (reason) => own.abort(reason),
    release: () => other.removeEventListener('abort', follow),
  };
}

/** Ends after a time, too, as `AbortSignal.timeout` does, which fires for each that was over long ago, and is kept until then. */
export function endingWithin(ms: number, other = new AbortController().signal): Ending {
  const ending = endingWith(other);
  const late = () => ending.end(new DOMException('it took too long', 'TimeoutError'));
  const timer = setTimeout(late, ms).unref();
  return {
    ...ending,
    release() {
      clearTimeout(timer);
      ending.release();
    },
  };
}
