import { Injectable } from '@nestjs/common';
import { DatabaseError, type User, UserRepository } from '@sluice/data-access-database';
import { type AuthenticatedUser, problem, type ProblemError } from '@sluice/util-http';
import type { SignedIn } from './http/auth.schemas';
import { PasswordHasher } from './password/password-hasher';
import { SessionService, type SignInOrigin } from './sessions/session.service';

/** Users and their passwords. E-mail addresses arrive normalised (trimmed, lower case) from the schema. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionService,
    private readonly passwords: PasswordHasher,
  ) {}

  /** @throws ProblemError 409 when the e-mail is taken, also by someone registering at the same moment */
  async register(email: string, password: string, origin: SignInOrigin): Promise<SignedIn> {
    const passwordHash = await this.passwords.hash(password);
    try {
      return await this.sessions.openForNew({ email, passwordHash }, origin);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== 'DATABASE_CONFLICT') throw error;
      throw problem(409, { detail: 'This e-mail address is registered already. Sign in instead.' });
    }
  }

  /** @throws ProblemError 401, the same and as slowly for an unknown e-mail as for a wrong password */
  async login(email: string, password: string, origin: SignInOrigin): Promise<SignedIn> {
    const user = await this.users.findByEmail(email);
    const correct = await this.passwords.verify(user?.passwordHash, password);
    if (!user || !correct) throw wrongCredentials();
    const { session, answer } = await this.sessions.open(user, origin);
    // Hashing takes a while. If the password was changed meanwhile, this session was too late to be ended by that.
    const now = await this.users.findById(user.id);
    if (now?.passwordHash === user.passwordHash) return answer;
    await this.sessions.end(session.id, user.id);
    throw wrongCredentials();
  }

  /**
   * Changes the password and ends the other sessions.
   *
   * They are ended before and after: before, so that a failure half-way leaves fewer sessions and not an old one
   * beside a new password; after, for whoever signed in with the old password in between.
   *
   * @throws ProblemError 403 when the current password is wrong
   */
  async changePassword(user: AuthenticatedUser, currentPassword: string, newPassword: string): Promise<void> {
    const { passwordHash } = await this.me(user);
    if (!(await this.passwords.verify(passwordHash, currentPassword))) {
      throw problem(403, { detail: 'The current password is wrong.' });
    }
    const newHash = await this.passwords.hash(newPassword);
    await this.sessions.endAll(user.id, user.sessionId);
    await this.users.setPasswordHash(user.id, newHash);
    await this.sessions.endAll(user.id, user.sessionId);
  }

  /** The user who asks. */
  async me(user: AuthenticatedUser): Promise<User> {
    const found = await this.users.findById(user.id);
    if (!found) throw problem(401, { detail: 'This account does not exist any more.' });
    return found;
  }
}

function wrongCredentials(): ProblemError {
  return problem(401, { detail: 'The e-mail address or the password is wrong.' });
}
