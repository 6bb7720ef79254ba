import type { Instance } from '../../instance';
import type { Route } from '../router';
import { historyRoutes } from './history-routes';
import { infoRoutes } from './info-routes';
import { jobRoutes } from './job-routes';
import { promptRoutes } from './prompt-routes';
import { queueRoutes } from './queue-routes';
import { socketRoutes } from './socket-routes';
import { uploadRoutes } from './upload-routes';
import { viewRoutes } from './view-routes';

export function allRoutes(server: Instance): Route[] {
  return [
    ...promptRoutes(server),
    ...queueRoutes(server),
    ...historyRoutes(server),
    ...jobRoutes(server),
    ...viewRoutes(server),
    ...uploadRoutes(server),
    ...infoRoutes(server),
    ...socketRoutes(),
  ];
}
