// `npx nx run api:demo`: fills a gallery on the API that `npm start` serves.
import { requireNode } from './setup/node-version.mjs';

requireNode();
import('./demo/command.mjs');
