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

/** Writes a result whose `data` may be text already; for Apollo Server's `stringifyResult`. */
export function stringifyResult(result: object): string {
  const { data, errors, ...others } = result as { data?: unknown; errors?: unknown }; // as GraphQL says
  if (!(data instanceof AnswerText)) return JSON.stringify(result);
  const parts = errors === undefined ? [] : [`"errors":${JSON.stringify(errors)}`];
  parts.push(`"data":${data.take()}`);
  const rest = JSON.stringify(others);
  if (rest !== '{}') parts.push(rest.slice(1, -1));
  return `{${parts.join(',')}}`;
}
