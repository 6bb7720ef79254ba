/** Options of `nx generate redis-cache-service`; `schema.json` describes them to the command line. */
export interface RedisCacheServiceOptions {
  /** What is cached, e.g. `profile`. */
  name: string;
  /** The feature library. */
  project: string;
  /** Folder inside the library. Default `src/lib`. */
  directory?: string;
  /** The module's file inside the library. Default: the library's only one, or the one named after it. */
  module?: string;
  /** Default false. */
  skipFormat?: boolean;
}

/** The options, checked and complete. Paths are from the workspace's root. */
export interface CacheServicePlan {
  projectRoot: string;
  directory: string;
  /** `profile` */
  cacheName: string;
  /** `profile-cache.service` */
  fileName: string;
  /** `Profile` */
  typeName: string;
  /** `ProfileCacheService` */
  className: string;
  modulePath: string;
  barrelPath: string;
  skipFormat: boolean;
}
