/** An image that was deleted more than 30 days ago. */
export interface DeletedImage {
  id: string;
  deletedAt: Date;
  /**
   * Of its file and its thumbnail, without those that another image uses. Another one may come to use them between
   * this answer and their removal: leave alone what has been put into the storage since.
   */
  fileKeys: string[];
}

export interface DeletedImagesRequest {
  /** Deleted more than 30 days before this moment. Default: the moment of the call by the database's clock. */
  asOf?: Date;
  /** Where the batch before ended, to pass over those whose files could not be removed. */
  after?: Pick<DeletedImage, 'id' | 'deletedAt'>;
}
