import type { EntityShape } from './lib/entity-shape';

/** Options of `nx generate redis-cache-service`; `schema.json` describes them to the command line. */
export interface RedisCacheServiceOptions {
  /** What is cached, e.g. `profile`. */
  name: string;
  /** The feature library; a new one is made when there is none of this name. */
  project: string;
  /** The cached type: a name that the library exports, its file, or `file#Name`. Default: a new one. */
  entity?: string;
  /** How long a value is served, in ms. Default 60,000, at least 1,000. */
  ttl?: number;
  /** Tags of each value; `{id}` stands for its id. Default: none. */
  tags?: string[] | string;
  /** Keeps values in the process, too. Default false. */
  near?: boolean;
  /** How long an absence is remembered, in ms; 0: not at all. Default 10,000. */
  negative?: number;
  /** Checks what comes out of Redis by a zod schema. Default false. */
  schema?: boolean;
  /** Folder inside the library. Default `src/lib`. */
  directory?: string;
  /** The module's file inside the library. Default: the library's only one, or the one named after it. */
  module?: string;
  /** Default false. */
  skipTests?: boolean;
  /** Default false. */
  skipFormat?: boolean;
}

/** What the cached type is called, and what is known of it. */
export interface CachedType {
  name: string;
  /** Of an entity that is there already: where it is imported from, relative to the service. */
  importedFrom?: string;
  shape: EntityShape;
}

/** All that the texts of service and spec depend on. */
export interface CacheService {
  /** `profile` */
  cacheName: string;
  /** `profile-cache.service` */
  fileName: string;
  /** `ProfileCacheService` */
  className: string;
  type: CachedType;
  ttl: number;
  negative: number | undefined;
  tags: string[];
  near: boolean;
  /** Of the zod schema, when values are checked. */
  schemaName: string | undefined;
  hasServers: boolean;
}
