// Whether the API of this container answers; for the image's HEALTHCHECK, which has no other program to ask with.
const url = `http://127.0.0.1:${process.env.PORT || 3000}/health/live`;
const alive = await fetch(url, { signal: AbortSignal.timeout(2_500) }).then(
  (response) => response.ok,
  () => false,
);
process.exit(alive ? 0 : 1);
