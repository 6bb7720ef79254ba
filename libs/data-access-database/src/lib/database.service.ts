import { Inject, Injectable } from '@nestjs/common';
import { Database } from './connection/database';

/** Whether the database can be worked with. */
@Injectable()
export class DatabaseService {
  @Inject() private readonly database!: Database;

  /** False until the migrations have run. It stays true when the database goes away later: that is for `ping()`. */
  get ready(): boolean {
    return this.database.admitted;
  }

  /**
   * Asks the server for a sign of life.
   *
   * @returns the round trip in ms, getting a connection included
   * @throws DatabaseError after twice `DATABASE_CONNECT_TIMEOUT_MS` at the latest
   */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.database.ping();
    return performance.now() - start;
  }
}
