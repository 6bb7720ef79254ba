import { defineConfig } from 'drizzle-kit';

/** After a change of the schema: `npx drizzle-kit generate --name <what-it-does>` in this folder, and commit the result. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/lib/schema/!(*.spec).ts',
  out: './src/lib/migrations',
});
