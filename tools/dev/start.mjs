// `npm start`
import { requireNode } from './setup/node-version.mjs';

requireNode();
import('./start/command.mjs');
