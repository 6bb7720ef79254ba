export interface RetentionRequest {
  /** What ended more than 30 days before this moment goes. Default: the moment of the call by the database's clock. */
  asOf?: Date;
  /** When it aborts, the batch that is running is the last one. */
  signal?: AbortSignal;
}
