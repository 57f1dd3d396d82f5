/** `npm run build:real`: what the first test with a real system would do, beforehand. */
import { buildRealSystems } from './real-systems.ts';

await buildRealSystems();
