import { CLIENTS } from './known-clients';
import { LIBRARIES } from './known-libraries';
import type { Make } from './make';

/** The one list of what opens connections to Redis: the audit, the lint policy and `init` take theirs from it. */
export const KNOWN_MAKES: readonly Make[] = [...CLIENTS, ...LIBRARIES];
