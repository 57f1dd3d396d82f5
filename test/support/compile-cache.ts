/**
 * Loaded before every test file (`--import`, package.json). Some hundred processes read the same code in one run: each would
 * strip its types and compile it anew, more than half of the time that it takes to start. What they start in turn takes the
 * folder from its environment.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);
