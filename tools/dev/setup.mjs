// `node tools/dev/setup.mjs`: everything that `npm start` and `npm test` need, without starting anything.
import { requireNode } from './setup/node-version.mjs';

requireNode();
// Imported only now: an older Node would stop at their syntax, before it could be told apart.
import('./setup/command.mjs');
