/** A sign-in on one device; also the family of refresh tokens that goes back to it. */
export interface Session {
  id: string;
  userId: string;
  userAgent: string | null;
  ip: string | null;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

export interface NewSession {
  userId: string;
  /** SHA-256 of the first refresh token; the token itself is never stored. */
  refreshHash: string;
  expiresAt: Date;
  userAgent?: string;
  ip?: string;
}

export interface RotateRequest {
  /** SHA-256 of the token that was presented. */
  presentedHash: string;
  /** SHA-256 of the token that takes its place. */
  successorHash: string;
  /** For so long a replaced token may be presented again (two tabs, a lost answer), in ms of the database's clock. */
  graceMs: number;
}

/**
 * - `rotated`: the successor is valid now.
 * - `replayed`: it was rotated less than `graceMs` ago, maybe by another request at this moment; nothing changed.
 * - `reused`: it was replaced longer ago, so that two parties hold it; the session has been revoked.
 * - `unknown`: no such token, or its session is revoked or expired.
 */
export type RotateResult =
  { outcome: 'rotated' | 'replayed' | 'reused'; session: Session } | { outcome: 'unknown' };
