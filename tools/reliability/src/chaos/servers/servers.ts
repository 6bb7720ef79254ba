import type { ServedProcess } from '../processes/served-process';

/** Redis as the processes under test reach it. */
export interface Servers {
  /** The variables with which they find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Those who use it in this row; set by whoever runs the row. */
  users: readonly ServedProcess[];
  stop(): Promise<void>;
}
