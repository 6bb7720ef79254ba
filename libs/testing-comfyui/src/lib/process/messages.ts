/** What the parent tells the process. */
export interface FaultCall {
  readonly id: number;
  readonly call: 'on' | 'off' | 'clear';
  readonly name?: string;
  readonly settings?: object;
}

/** What the process tells its parent. */
export interface Told {
  readonly ready?: { readonly port: number; readonly url: string };
  /** A call was obeyed. */
  readonly done?: number;
}
