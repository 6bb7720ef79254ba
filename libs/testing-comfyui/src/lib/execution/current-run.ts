import type { Json } from '../python/json';

/** Whom the server is running for at this moment, and which node: what a socket that comes back is told. */
export interface CurrentRun {
  clientId: Json;
  nodeId: string | null;
}
