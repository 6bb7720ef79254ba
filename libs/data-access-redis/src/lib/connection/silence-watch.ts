/**
 * Notices a link on which nothing is answered any more, though TCP may take a quarter of an hour to. It begins to look
 * when a command was not answered in time, so answered commands cost nothing; the driver's own time limit for the
 * socket sets two timers for each.
 */
export class SilenceWatch {
  private answers = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param patienceMs how long nothing may be answered while something is awaited
   * @param onSilence called when it is over
   */
  constructor(
    private readonly patienceMs: number,
    private readonly onSilence: () => void,
  ) {}

  /** The server has said something, an error perhaps. */
  answered(): void {
    this.answers += 1;
  }

  /** @param askedAt `performance.now()` of the command that was given up */
  unanswered(askedAt: number): void {
    if (this.timer !== undefined) return;
    const { answers } = this;
    const left = this.patienceMs - (performance.now() - askedAt);
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (this.answers === answers) this.onSilence();
      },
      Math.max(0, left),
    );
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
