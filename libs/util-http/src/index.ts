export { HttpModule, type HttpModuleOptions } from './lib/http.module';
export type { HttpReply, HttpRequest } from './lib/http-request';

export { problem, ProblemError, type FieldError, type ProblemOptions } from './lib/problem/problem.error';
export { ProblemFilter } from './lib/problem/problem.filter';
export { problemOf } from './lib/problem/problem-of';
export {
  PROBLEM_MEDIA_TYPE,
  pathOf,
  problemDocument,
  problemSchema,
  type ProblemDocument,
} from './lib/problem/problem-document';
export { describeError } from './lib/problem/describe-error';
export { scrubSecrets } from './lib/problem/scrub-secrets';

export { Endpoint } from './lib/endpoint/endpoint.decorator';
export type { EndpointInput, EndpointOptions } from './lib/endpoint/endpoint.options';
export { ValidBody, ValidParams, ValidQuery } from './lib/validation/valid-input.decorator';
export { idParams, pageQuery, timeSchema, uuidSchema, type PageQuery } from './lib/validation/schemas';

export { isPublic, Public, PublicWhen } from './lib/identity/public.decorator';
export {
  CurrentUser,
  currentUser,
  setCurrentUser,
  type AuthenticatedUser,
} from './lib/identity/current-user.decorator';

export { clientNetwork } from './lib/client-address/client-network';
export {
  isUnlimited,
  RateLimit,
  rateLimitOf,
  Unlimited,
  type OnRedisLoss,
  type RateLimitOptions,
} from './lib/rate-limit/rate-limit.decorator';

export { list, listOf, type List } from './lib/pagination/list';
export { CursorCodec } from './lib/pagination/cursor.codec';
export { allowsChangeOf, answerWithEtag, etagOf, matchesNoneOf } from './lib/conditional/etag';
export { HealthRegistry, type HealthCheck } from './lib/health/health.registry';
export { APP_SECRETS, AppSecrets, MIN_SECRET_LENGTH } from './lib/secrets/app-secrets';
