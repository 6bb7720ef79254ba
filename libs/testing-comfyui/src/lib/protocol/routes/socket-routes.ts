import { text } from '../answer';
import type { Route } from '../router';

/** `/ws` for those who do not ask for a WebSocket there. */
export function socketRoutes(): Route[] {
  const refusal = 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".';
  return [{ method: 'GET', path: '/ws', answer: () => text(400, refusal) }];
}
