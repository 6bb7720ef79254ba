/** The real versions whose recorded traffic is the yardstick: one with `/api/jobs`, one without. */
export type ComfyUiVersion = '0.33.0' | '0.3.64';
