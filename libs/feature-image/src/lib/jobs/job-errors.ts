/** Why jobs fail through no fault of the server that paints; its own faults are `RUNNER_ERROR_CODES`. */
export const JOB_ERROR_CODES = {
  INTERRUPTED: {
    means: 'Somebody has interrupted the job at the server, and it was none of us.',
    todo: 'Ask for it again.',
    words: 'The image server stopped working on this image.',
  },
  PROCESS_LOST: {
    means:
      'What had the job lost it as often as `losses` allows: processes that died, or said nothing any more until its lease ran out, and ComfyUI servers that had forgotten it. Perhaps it is the job that kills them.',
    todo: 'Look at the end of the logs of both, and at their memory, before you ask for it again.',
    words: 'What worked on this image broke down again and again.',
  },
  NOT_STORED: {
    means:
      'The picture is painted and could not be stored: the disk is full or gone, or no thumbnail can be made of it. It was tried for as long as `storePatience` allows.',
    todo: 'See what the log says, and the codes that begin with IMAGE_; ask for it again then.',
    words: 'The picture was painted and could not be stored.',
  },
} as const satisfies Record<string, { means: string; todo: string; words: string }>;

export type JobErrorCode = keyof typeof JOB_ERROR_CODES;
