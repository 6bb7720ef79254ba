// `npm test`
import { requireNode } from './setup/node-version.mjs';

requireNode();
import('./test/command.mjs');
