/** Which requests an HTTP fault is for, and how many. */
export interface OnRoute {
  /** The beginning of method and path, such as `GET /history` or `POST /prompt`; every request by default. */
  readonly on?: string;
  /** How many requests; no limit by default. */
  readonly times?: number;
}

/** Which jobs a fault is for. */
export interface OnNode {
  /** The class of the node it strikes; `KSampler` by default. */
  readonly node?: string;
  /** How many times; no limit by default. */
  readonly times?: number;
}

export interface Counted {
  /** How many times; no limit by default. */
  readonly times?: number;
}

/** Everything that can go wrong, by name, with its settings. All of it is plain data: it crosses process borders. */
export interface Faults {
  /** Requests are done at once and answered `ms` milliseconds later. */
  slow: OnRoute & { readonly ms: number };
  /** Requests are taken and neither done nor answered; the connection stays open. */
  silent: OnRoute;
  /** Nobody listens: connections are cut, new ones are refused. */
  refuse: Record<string, never>;
  /** 500 `text/plain`. `done: true`: the request is done all the same, as when two equal prompts wait. */
  'error-500': OnRoute & { readonly done?: boolean };
  /** A proxy's HTML page instead of the answer, with this status; 200 by default. */
  html: OnRoute & { readonly status?: number };
  /** The right answer with a bare NaN in it, which is no JSON. */
  nan: OnRoute;
  /** Requests are done, and the connection is cut before the answer: their outcome is unknown. `POST /prompt` by default. */
  'lost-reply': OnRoute;
  /** Requests and sockets without this header are 401, as behind a proxy that wants a token. */
  'auth-required': { readonly header: string; readonly value: string };
  /** There are no checkpoints: a prompt that names one is 400 `value_not_in_list`. */
  'missing-model': Record<string, never>;

  /** The node raises. */
  'node-raises': OnNode & { readonly type?: string; readonly message?: string };
  /** The node runs out of memory. */
  'out-of-memory': OnNode;
  /** A KSampler stops after its first step until the fault is off; an interrupt is heard, unless `deaf`. */
  'never-ends': Counted & { readonly deaf?: boolean };
  /** A job leaves the queue and enters the history `ms` milliseconds after its last event was sent. */
  'late-history': Counted & { readonly ms: number };

  /** The saved file is no PNG, though it is named one. */
  'not-a-png': Counted;
  /** `/view` streams this many bytes for the output, made on the fly; 200 MB by default. `unannounced`: without a length. */
  'huge-output': Counted & { readonly bytes?: number; readonly unannounced?: boolean };
  /** The output has this name, say `../../evil.png`, and `/view` serves it under that name. */
  'file-name': Counted & { readonly filename: string; readonly subfolder?: string };

  /** Sockets stay open and hear nothing. */
  'socket-deaf': Record<string, never>;
  /** Every socket is cut after this many more frames. */
  'socket-closes': { readonly afterFrames: number };
  /** Sockets hear a job's events, but never how it ended. */
  'socket-without-end': Record<string, never>;
}

export type FaultName = keyof Faults;

/** A fault as data, for an environment variable or a message to another process. */
export type FaultSettings = { readonly [Name in FaultName]?: Faults[Name] };
