/**
 * - `permanent`: it will not go, whoever asks how often.
 * - `user`: it is the input's fault; the words say which.
 * - `retryable`: it may go later, or elsewhere.
 * - `unknown`: nobody knows whether the server has accepted it; look it up before anything else.
 */
export type RunnerErrorKind = 'permanent' | 'user' | 'retryable' | 'unknown';

interface RunnerErrorMeaning {
  kind: RunnerErrorKind;
  means: string;
  todo: string;
  /** For the owner of the image: nothing of servers, paths or settings. */
  words: string;
  /** How often it may be tried again on this account. Default: as often as the worker likes. */
  retries?: number;
}

/** Every code a {@link RunnerError} can carry, with what it means and what to do about it. */
export const RUNNER_ERROR_CODES = {
  SERVER_AWAY: {
    kind: 'retryable',
    means: 'The server does not answer: refused, cut off, too slow, or an error of a proxy before it.',
    todo: 'See that ComfyUI runs and that COMFYUI_URLS and the network are right; it is asked again by itself.',
    words: 'The image server cannot be reached right now.',
  },
  SERVER_REFUSES: {
    kind: 'retryable',
    means: 'The server, or a proxy before it, wants other credentials: 401, 403 or 407.',
    todo: 'Check COMFYUI_AUTH_HEADER.',
    words: 'The image server cannot be used right now.',
  },
  SERVER_ODD: {
    kind: 'retryable',
    means: 'What answered does not speak like ComfyUI: a page, no JSON, an answer beyond all measure.',
    todo: 'See what listens at the address in COMFYUI_URLS, and what a proxy makes of it.',
    words: 'The image server cannot be used right now.',
  },
  SERVER_NOT_CONFIGURED: {
    kind: 'retryable',
    means: 'The job belongs to a server that COMFYUI_URLS does not name any more.',
    todo: 'Let the job run on another server, or name that one again.',
    words: 'The image server that worked on this image is gone.',
  },
  OUTCOME_UNKNOWN: {
    kind: 'unknown',
    means: 'The prompt was sent and no answer says whether it was accepted.',
    todo: 'Look it up; send it again only when the server does not know it.',
    words: 'The image server did not answer.',
  },
  MODEL_MISSING: {
    kind: 'permanent',
    means: 'The server does not have the checkpoint.',
    todo: 'Put the file into its folder models/checkpoints, or name one that it has in COMFYUI_CHECKPOINT.',
    words: 'The image server does not have the model that is needed.',
  },
  WORKFLOW_INVALID: {
    kind: 'permanent',
    means: 'The server refuses the workflow: a node that it does not have, or inputs that do not fit.',
    todo: 'Load the workflow in its user interface and see what it complains about; install what is missing.',
    words: 'The image server does not know how to paint this.',
  },
  REQUEST_REFUSED: {
    kind: 'permanent',
    means: 'The server refuses the request as such.',
    todo: 'Look at its log, and at the version: it must take a prompt_id from the client.',
    words: 'The image server refused this image.',
  },
  INPUT_REFUSED: {
    kind: 'user',
    means: 'The server refuses a value that came from the user.',
    todo: 'Tell the user; if it should be allowed, see what the workflow’s nodes take.',
    words: 'The image server does not take this input.',
  },
  OUT_OF_MEMORY: {
    kind: 'retryable',
    means: 'The graphics card had too little memory for this picture.',
    todo: 'Try it once more, elsewhere if possible; smaller pictures, or a larger card.',
    words: 'The picture is too large for the image server’s memory. A smaller one may work.',
    retries: 1,
  },
  NODE_FAILED: {
    kind: 'retryable',
    means: 'A node raised an error while it ran.',
    todo: 'Look at the log of the server for what the reason names.',
    words: 'The image server failed while painting.',
  },
  OUTPUT_MISSING: {
    kind: 'retryable',
    means: 'The prompt ended well and there is no image of ours, or its file is gone.',
    todo: 'Run it again. If it lasts: see that the workflow saves what its description names as output.',
    words: 'The image server lost the picture.',
  },
  OUTPUT_TOO_LARGE: {
    kind: 'permanent',
    means: 'The file is larger than COMFYUI_MAX_OUTPUT_BYTES.',
    todo: 'Look at what the workflow saves, and raise the limit only if images really are so large.',
    words: 'The picture became too large.',
  },
  CANCEL_UNCONFIRMED: {
    kind: 'retryable',
    means: 'The server was told to stop and goes on: a node hears of it only when it reports progress.',
    todo: 'Tell it again; if that lasts for minutes, a node hangs and the server wants a restart.',
    words: 'The image server has not stopped yet.',
  },
} as const satisfies Record<string, RunnerErrorMeaning>;

/** The stable code of a {@link RunnerError}; branch on this or on the kind, never on the message. */
export type RunnerErrorCode = keyof typeof RUNNER_ERROR_CODES;

export interface RunnerErrorDetails {
  /** One word, such as `ECONNREFUSED`, `502`, or the name of an exception. Never a text that may hold an input. */
  reason?: string | undefined;
  /** Instead of the general words, for the owner of the image. */
  words?: string;
  cause?: unknown;
}

/**
 * What an `ImageJobRunner` rejects with, and what a failed run failed of. Neither the message nor the words hold
 * an input, a path of the server, or a secret.
 */
export class RunnerError extends Error {
  readonly kind: RunnerErrorKind;
  /** For the owner of the image. */
  readonly words: string;
  /** How often it may be tried again on account of this code; infinite where nothing is said. */
  readonly retries: number;
  readonly reason?: string;

  constructor(
    readonly code: RunnerErrorCode,
    what: string,
    { reason, words, cause }: RunnerErrorDetails = {},
  ) {
    const meaning: RunnerErrorMeaning = RUNNER_ERROR_CODES[code];
    super(`${what} ${meaning.todo}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.kind = meaning.kind;
    this.words = words ?? meaning.words;
    this.retries = meaning.retries ?? (meaning.kind === 'retryable' ? Infinity : 0);
    if (reason !== undefined) this.reason = reason;
  }
}
