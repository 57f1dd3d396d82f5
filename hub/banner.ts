import { join } from 'node:path';

export interface Welcome {
  readonly url: string;
  readonly dataDir: string;
  /** Vendors that the sandbox plays. */
  readonly played: readonly string[];
  readonly seconds: number;
}

/** What `npm start` prints once the hub answers: where it is, and a query that can be pasted. */
export function welcome({ url, dataDir, played, seconds }: Welcome): string {
  const keys = join(dataDir, 'demo-keys.json');
  const query = '{ customer(id: "C-10001") { displayName credit { status } cases(first: 3) { nodes { subject } } } }';
  const body = JSON.stringify({ query });
  return `
Concord is ready after ${seconds.toFixed(1)} s at ${url}

  In a browser   ${url}/            (GraphiQL with examples; development only)
  Keys           ${keys}
  Sandbox        ${played.length > 0 ? `${played.join(', ')}; addresses in ${join(dataDir, 'sandbox.json')}` : 'off'}

  Try it:
    KEY=$(node -p "require(require('path').resolve('${keys}')).operator")
    curl -s ${url}/graphql -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\
      -d '${body}'

`;
}
