const redisVariables = ['REDIS_URL', 'REDIS_HOST', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'];

/** Whether the environment names a Redis to use; then none of our own is started. */
export function isRedisGiven(environment = process.env) {
  return redisVariables.some((name) => environment[name]?.trim());
}

/** Whether the environment names a database to use. */
export function isDatabaseGiven(environment = process.env) {
  return Boolean(environment.DATABASE_URL?.trim());
}

/** Whether the environment names ComfyUI servers to paint on. */
export function isComfyUiGiven(environment = process.env) {
  return Boolean(environment.COMFYUI_URLS?.trim());
}
