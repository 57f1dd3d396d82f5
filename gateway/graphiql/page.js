// Runs in the browser: GraphiQL with one tab for each example and the API key beside it. Plain script, no build step.
/* global React, ReactDOM, GraphiQL */
(async () => {
  const settings = await fetch('/graphiql/settings.json').then(
    (response) => (response.ok ? response.json() : { examples: [], keys: {} }),
    () => ({ examples: [], keys: {} }),
  );
  const h = React.createElement;
  const chosen = { key: Object.values(settings.keys)[0] ?? '' };

  const KeyBar = () => {
    const [key, setKey] = React.useState(chosen.key);
    const use = (value) => {
      chosen.key = value.trim();
      setKey(value);
    };
    return h(
      'div',
      { className: 'key-bar' },
      h('strong', null, 'Concord'),
      h('label', { htmlFor: 'api-key' }, 'API key'),
      h('input', {
        id: 'api-key',
        type: 'password',
        autoComplete: 'off',
        spellCheck: false,
        placeholder: 'cnc_…',
        value: key,
        onChange: (event) => use(event.target.value),
      }),
      ...Object.entries(settings.keys).map(([name, value]) =>
        h('button', { key: name, type: 'button', 'aria-pressed': value === key, onClick: () => use(value) }, name),
      ),
    );
  };

  const fetcher = async (request, options) => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream;q=0.9',
        authorization: `Bearer ${chosen.key}`,
        ...options?.headers,
      },
      body: JSON.stringify(request),
    });
    return response.headers.get('content-type')?.startsWith('text/event-stream')
      ? answersIn(response)
      : response.json();
  };

  /** The answers of a subscription as they come; GraphiQL shows each in place of the one before. */
  async function* answersIn(response) {
    let text = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const events = (text + part.value).split('\n\n');
        text = events.pop();
        for (const event of events) {
          const answer = /^event: next\ndata: (.*)$/.exec(event);
          if (answer) yield JSON.parse(answer[1]);
        }
      }
    } finally {
      await reader.cancel(); // stopped in the page: the hub is to know
    }
  }

  ReactDOM.createRoot(document.getElementById('key')).render(h(KeyBar));
  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    h(GraphiQL, {
      fetcher,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: 'variables',
      // GraphiQL fills the variables of the first tab from here only; later visits bring their own from the browser's storage.
      ...(localStorage.getItem('graphiql:tabState') === null ? { variables: settings.examples[0]?.variables } : {}),
      defaultTabs: settings.examples.map(({ query, variables }) => ({ query, variables })),
    }),
  );
})();
