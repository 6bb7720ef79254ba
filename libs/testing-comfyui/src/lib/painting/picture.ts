/** What flows through an IMAGE link: a picture told, and not its pixels. It is painted when it is saved. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** How many of them: the batch. */
  readonly count: number;
  /** One colour as 0xRRGGBB, or a landscape grown from any text. */
  readonly motif: { readonly color: number } | { readonly seed: string };
  readonly inverted?: boolean;
}
