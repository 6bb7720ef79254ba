/**
 * How an application is booted for the live audit. `boot` of `redis-audit.json` is a command: it starts the application
 * on real servers and then publishes one {@link Booted} on the diagnostics channel {@link BOOTED}. It imports no more
 * of this package than the type; what watches it is loaded before it.
 *
 * @example
 * ```ts
 * import { channel } from 'node:diagnostics_channel';
 * import type { Booted } from '@sluice/nx-redis';
 *
 * const booted: Booted = {
 *   modules: app.get(ModulesContainer),
 *   clientList: () => redisCli('CLIENT', 'LIST'),
 *   connections: [{ role: 'cmd', name: '^api:cmd:', count: 1 }],
 *   work: () => askEverything(app),
 *   close: () => app.close(),
 * };
 * channel('redis-audit:booted').publish(booted);
 * ```
 */
export const BOOTED = 'redis-audit:booted';

/** The variable that says where the watcher writes what it saw. */
export const REPORT_FILE = 'REDIS_AUDIT_REPORT';

export interface Booted {
  /** `app.get(ModulesContainer)` of `@nestjs/core`. */
  modules: ReadonlyMap<string, NestModuleRef>;
  /** The answer of `CLIENT LIST`, not asked by the application itself. */
  clientList(): Promise<string>;
  /** Connections that have to be there; any other is a finding. */
  connections: readonly DeclaredConnection[];
  /** Everything the application does with Redis, near caches on. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export interface DeclaredConnection {
  role: string;
  /** A regular expression for the name in `CLIENT LIST`. */
  name: string;
  /** So many, after the work; more or fewer are a finding. */
  count: number;
}

/** As much of a module of Nest as is walked. */
export interface NestModuleRef {
  name: string;
  providers: ReadonlyMap<unknown, NestWrapper>;
  controllers: ReadonlyMap<unknown, NestWrapper>;
  injectables: ReadonlyMap<unknown, NestWrapper>;
}

export interface NestWrapper {
  name: string;
  token: unknown;
  getCtorMetadata(): readonly (NestWrapper | undefined)[] | undefined;
  getPropertiesMetadata(): readonly { wrapper: NestWrapper }[] | undefined;
}

/** A socket that the process opened, and by which way. */
export interface OpenedSocket {
  /** `address:port` of this end; undefined when it was never connected. */
  local: string | undefined;
  port: number | undefined;
  /** Frames outside of `node:` and of packages, the nearest first. */
  stack: string[];
}

/** What the watcher saw. */
export interface LiveReport {
  injections: { user: string; token: string; module: string }[];
  /** Files that were loaded with `require`, relative to the repository; of a bundle, or of ES modules, none is known. */
  loaded: string[];
  /** What `CLIENT LIST` said after the work. */
  clients: { name: string; address: string; library: string; command: string }[];
  sockets: OpenedSocket[];
  /** First connects of ioredis, by its tracing channel. */
  ioredisConnects: number;
  connections: readonly DeclaredConnection[];
  error?: string;
}
