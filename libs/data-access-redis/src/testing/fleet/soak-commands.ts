import type { RedisService } from '../../index';
import type { RemoteCalls } from './remote-calls';
import { SoakCaches } from './soak-caches';
import { SoakWorker } from './soak-worker';
import type { SoakOrders } from './soak-worker';

/** What a process of the soak can be told. */
export function soakCommands(redis: RedisService, calls: RemoteCalls) {
  let worker: SoakWorker | undefined;
  const given = () => {
    if (!worker) throw new Error('the soak was not begun');
    return worker;
  };
  return {
    beginSoak: (orders: SoakOrders) => {
      worker = new SoakWorker(redis, new SoakCaches(redis), calls, orders);
    },
    soak: () => given().work(),
    /** Resolves when Redis has all invalidations of this process and its near caches can be trusted. */
    settle: () => given().settle(),
    readAll: (ids: readonly number[]) => given().readAll(ids),
    observed: () => given().observed(),
  };
}
