const width = 40;

/** One line for all images; in a log that is no terminal, a line for each that has ended. */
export class ProgressBar {
  #progress;
  #ended = 0;

  constructor(count) {
    this.#progress = new Array(count).fill(0);
  }

  show(index, { status, progress }) {
    const over = status === 'completed' || status === 'failed' || status === 'cancelled';
    this.#progress[index] = over ? 1 : Math.max(this.#progress[index], progress ?? 0);
    if (over) this.#ended += 1;
    const text = `${this.#ended} of ${this.#progress.length} images`;
    if (!process.stdout.isTTY) {
      if (over) console.log(text);
      return;
    }
    const share = this.#progress.reduce((sum, part) => sum + part, 0) / this.#progress.length;
    const full = Math.round(share * width);
    process.stdout.write(`\r[${'█'.repeat(full)}${'░'.repeat(width - full)}] ${text} `);
  }

  end() {
    if (process.stdout.isTTY) process.stdout.write('\n');
  }
}
