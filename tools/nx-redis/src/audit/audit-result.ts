import type { LeftOut } from './sources/find-files';

export type Confidence = 'certain' | 'likely' | 'guessed';
/** `owner`: where clients may be made. `exempt`: named in the configuration. */
export type Area = 'owner' | 'production' | 'test' | 'exempt';

export interface Location {
  /** Relative to the repository. */
  file: string;
  /** From 1. */
  line: number;
  column: number;
}

/** A place in which a client comes to be. */
export interface Place extends Location {
  kind: 'client' | 'factory' | 'duplicate' | 'subclass' | 'library' | 'socket';
  /** `own`: it opens a connection. `handed`: it was given a live client and opens nothing. `duplicated`: it was given one, and opens one more like it. */
  opens: 'own' | 'handed' | 'duplicated';
  package: string;
  /** The export, dotted; for a factory the name of the function. */
  name: string;
  /** Class, function or provider around it. */
  inside: string;
  area: Area;
  /** How many connections come of it at least; 0 when they are counted where the factory is called. */
  clients: number;
  /** Modules that provide what it is in, when there are several. */
  providedBy: string[];
  /** Anew for each request or each injection. */
  perRequest: boolean;
  confidence: Confidence;
  /** Why `opens` is what it is. */
  reason: string;
}

export interface Injection extends Location {
  /** The class, or the module and the provider that has the factory. */
  user: string;
  what: 'client' | 'service' | 'lock' | 'election' | 'cache' | 'queue';
  token: string;
  by: 'constructor' | 'property' | 'factory' | 'moduleRef' | 'decorator' | 'import';
  forwardRef: boolean;
  optional: boolean;
  inherited: boolean;
  /** As it is written, on one line. */
  code: string;
  area: Area;
  confidence: Confidence;
}

/** Something of the owner that features inject. */
export interface Wrapper extends Location {
  name: string;
  what: Injection['what'];
  /** From the class to the client, by what it is made with. */
  reaches: string[];
}

/** A class that uses Redis through another one's hands. */
export interface Through extends Location {
  user: string;
  /** For each thing of Redis it comes to, the shortest way: from class to class to what the last one injects. */
  paths: string[][];
  area: Area;
}

export interface Cache extends Location {
  name: string;
  owner: string;
  /** ms, or as it is written when it cannot be worked out. */
  ttl: string;
  tags: string;
  near: string;
  keys: string[];
  area: Area;
}

export type RuleId =
  | 'client-outside-owner'
  | 'duplicate-outside-owner'
  | 'library-opens-its-own'
  | 'raw-socket'
  | 'provided-again'
  | 'client-per-request'
  | 'client-package-declared'
  | 'client-handed-on';

export interface Violation extends Location {
  rule: RuleId;
  message: string;
  confidence: Confidence;
}

export interface AuditResult {
  /** Of the package at the root of the repository. */
  repository: string;
  files: { typescript: number; javascript: number };
  /** `packages`: those that own it; the files that set them up are among the folders then. */
  owner: { folders: string[]; packages: string[]; how: 'configured' | 'guessed' | 'none'; reason: string };
  exempt: { folder: string; reason: string }[];
  places: Place[];
  wrappers: Wrapper[];
  injections: Injection[];
  through: Through[];
  caches: Cache[];
  violations: Violation[];
  verdict: 'ok' | 'violated';
  leftOut: LeftOut[];
}
