/** Options of `nx generate leader-task`; `schema.json` describes them to the command line. */
export interface LeaderTaskOptions {
  /** What it does, e.g. `remove-drafts`; its own in the whole fleet. */
  name: string;
  /** The feature library; a new one is made when there is none of this name. */
  project: string;
  /** Five fields of cron, or six with seconds first. */
  cron: string;
  /** In which the times are meant. Default UTC. */
  timeZone?: string;
  /** Folder inside the library. Default `src/lib`. */
  directory?: string;
  /** The module's file inside the library. Default: the library's only one, or the one named after it. */
  module?: string;
  /** Default false. */
  skipTests?: boolean;
  /** Default false. */
  skipFormat?: boolean;
}

/** All that the texts of task and spec depend on. */
export interface LeaderTask {
  /** `remove-drafts` */
  name: string;
  /** `remove-drafts.task` */
  fileName: string;
  /** `RemoveDraftsTask` */
  className: string;
  cron: string;
  timeZone: string | undefined;
  hasServers: boolean;
}
