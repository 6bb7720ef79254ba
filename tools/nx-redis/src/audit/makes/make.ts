/** Where a live client may be handed over: an argument, or an option of it. */
export interface Spot {
  argument: number;
  /** One of an option has a dot: `cache.type`. */
  option?: string;
}

/** One known way to get a connection to Redis. A row of `known-makes.ts`. */
export interface Make {
  packages: readonly string[];
  /** Names of exports, dotted for statics; '' for the default export or the module itself. */
  names: readonly string[];
  /** `registered`: handed to a method `register`, as plugins of Fastify are. */
  by: 'new' | 'call' | 'decorator' | 'reference' | 'registered';
  /** `client`: what it gives is a client. `library`: it has one inside. */
  kind: 'client' | 'library';
  /** Without any, it always opens a connection of its own. */
  live?: readonly Spot[];
  /** What it does when nothing stands in these places. Default: `opens`. */
  otherwise?: 'opens' | 'opens nothing';
  /** A client handed to it is duplicated: there is one more connection all the same. */
  duplicates?: true;
  /** It is about Redis only when the argument is an address that begins so. */
  onlyForUrl?: true;
  /** It is about Redis only when what stands there names it. */
  onlyFor?: Spot;
  /** The package is about other stores, too: importing it says nothing, and lint does not ban it. */
  alsoOthers?: true;
  /** Each argument is one that opens. */
  perArgument?: true;
  /** Options that are not here come from this call, wherever it is. */
  inherits?: string;
}

/** What `inherits` names: it opens nothing, it says with what others open. */
export interface SharedConfiguration {
  packages: readonly string[];
  name: string;
  option: string;
}
