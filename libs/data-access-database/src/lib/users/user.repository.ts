import { Inject, Injectable } from '@nestjs/common';
import { eq, type SQL, sql } from 'drizzle-orm';
import { Database } from '../connection/database';
import { users } from '../schema/users';
import { createSession } from '../sessions/create-session';
import type { NewSession, Session } from '../sessions/session';

export interface User {
  id: string;
  email: string;
  passwordHash: string;
  createdAt: Date;
}

export type NewUser = Pick<User, 'email' | 'passwordHash'>;

const columns = {
  id: users.id,
  email: users.email,
  passwordHash: users.passwordHash,
  createdAt: users.createdAt,
};

/** Users. An e-mail address belongs to one user, whatever its case. Every method rejects with `DatabaseError`. */
@Injectable()
export class UserRepository {
  // A property and not a parameter of the constructor: so no type of the driver gets into the public declarations.
  @Inject() private readonly database!: Database;

  /** @throws DatabaseError `DATABASE_CONFLICT` (`users_email_key`) when the e-mail is taken */
  async create(user: NewUser): Promise<User> {
    const [created] = await this.database.write((queries) =>
      queries.insert(users).values(user).returning(columns),
    );
    return created as User;
  }

  /**
   * A user and his first session, both or neither: nobody is left who has an account and was told that he has none.
   *
   * @throws DatabaseError as {@link create}
   */
  register(user: NewUser, session: Omit<NewSession, 'userId'>): Promise<{ user: User; session: Session }> {
    return this.database.transaction(async (queries) => {
      const [created] = (await queries.insert(users).values(user).returning(columns)) as [User];
      return { user: created, session: await createSession(queries, { ...session, userId: created.id }) };
    });
  }

  findByEmail(email: string): Promise<User | null> {
    return this.findOne(sql`lower(${users.email}) = lower(${email})`);
  }

  findById(id: string): Promise<User | null> {
    return this.findOne(eq(users.id, id));
  }

  /** @returns false when there is no such user */
  async setPasswordHash(id: string, passwordHash: string): Promise<boolean> {
    const changed = await this.database.write((queries) =>
      queries.update(users).set({ passwordHash }).where(eq(users.id, id)).returning({ id: users.id }),
    );
    return changed.length > 0;
  }

  private async findOne(condition: SQL): Promise<User | null> {
    const [found] = await this.database.read((queries) =>
      queries.select(columns).from(users).where(condition),
    );
    return found ?? null;
  }
}
