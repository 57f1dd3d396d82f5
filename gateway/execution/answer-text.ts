/**
 * The `data` of an answer as JSON text. Apollo Server keeps the result object alive until long after the answer is sent; the
 * text can be taken out of it once, so that only an empty holder stays behind.
 */
export class AnswerText {
  #text: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether every root field is null. */
  get holdsNothing(): boolean {
    return /^(null|\{("[^"]*":null,?)*\})$/.test(this.#text ?? 'null');
  }

  /** The text, for the last reader: afterwards it is gone. */
  take(): string {
    const text = this.#text;
    if (text === undefined) throw new Error('The text of this answer has been taken');
    this.#text = undefined;
    return text;
  }

  /** For readers other than the HTTP answer: the data as values. */
  toJSON(): unknown {
    return this.#text === undefined ? undefined : JSON.parse(this.#text);
  }
}

/** Writes a result whose `data` may be text already. */
export function stringifyResult(result: {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: unknown;
}): string {
  const { data, errors, extensions } = result;
  if (!(data instanceof AnswerText)) return JSON.stringify({ errors, data, extensions });
  const before = errors === undefined ? '{"data":' : `{"errors":${JSON.stringify(errors)},"data":`;
  const after = extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`;
  return before + data.take() + after;
}
