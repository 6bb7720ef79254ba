const PROGRESS = /^(0|1|0\.\d{1,3})$/;

/** Where in Redis the progress of an image lies while it is made. */
export function progressKey(imageId: string): `job:${string}` {
  return `job:image-progress:${imageId}`;
}

/** A progress as it is stored and told: 0 to 1, to the thousandth. */
export function progressText(progress: number): string {
  return String(Math.round(Math.min(Math.max(progress, 0), 1) * 1_000) / 1_000);
}

/** @returns undefined for what is none */
export function progressIn(text: string | null): number | undefined {
  return text !== null && PROGRESS.test(text) ? Number(text) : undefined;
}

/** Whether an image of this status has a progress of its own: one that is being made. */
export function isBeingMade(status: string): boolean {
  return status === 'generating' || status === 'cancelling';
}
