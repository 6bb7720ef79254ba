/** Where a list goes on: after the row of this time and id. */
export interface ListPosition {
  createdAt: Date;
  id: string;
}
