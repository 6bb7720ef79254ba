// Module
export { DatabaseModule } from './lib/database.module';
export type { DatabaseModuleAsyncOptions, DatabaseOptionsFactory } from './lib/database.module';
export type { DatabaseModuleOptions } from './lib/config/database.config';
export { DatabaseService } from './lib/database.service';

// Users
export { UserRepository } from './lib/users/user.repository';
export type { NewUser, User } from './lib/users/user.repository';

// Sessions
export { SessionRepository } from './lib/sessions/session.repository';
export type { NewSession, RotateRequest, RotateResult, Session } from './lib/sessions/session';

// Characters
export { CharacterRepository } from './lib/characters/character.repository';
export type { Character, CharacterPatch, CharacterUpdate, NewCharacter } from './lib/characters/character';

// Images
export { ImageRepository } from './lib/images/image.repository';
export type {
  GalleryRequest,
  Image,
  ImageError,
  ImageFile,
  ImageFilter,
  ImageStatus,
  NewImage,
} from './lib/images/image';
export { ImageFileRepository } from './lib/images/image-file.repository';
export type { DeletedImage, DeletedImagesRequest } from './lib/images/image-file';

// Image jobs
export { ImageJobRepository } from './lib/image-jobs/image-job.repository';
export type {
  Backlog,
  AdoptRequest,
  CancelResult,
  ClaimRequest,
  EnqueueOptions,
  EnqueueResult,
  HeldJob,
  ImageJob,
  RenewedJob,
  RenewRequest,
  RequeueOptions,
  RunningStatus,
} from './lib/image-jobs/image-job';

// Idempotency keys
export { IdempotencyKeyRepository } from './lib/idempotency/idempotency-key.repository';
export type {
  ClaimResult,
  IdempotencyClaim,
  IdempotencyRequest,
  IdempotentAnswer,
} from './lib/idempotency/idempotency-key';

// Retention
export type { RetentionRequest } from './lib/retention/retention-request';

// Lists
export type { ListPosition } from './lib/lists/list-position';

// Errors
export { DATABASE_ERROR_CODES, DatabaseConfigError, DatabaseError } from './lib/connection/database.errors';
export type { DatabaseErrorCode, DatabaseOutcome } from './lib/connection/database.errors';
