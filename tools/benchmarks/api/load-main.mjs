// The process that asks one server: `node load-main.mjs <url>`, asked over IPC.
import { serveContender } from '../lib/serve-contender.mjs';
import { loadOn } from './load.mjs';

const [url] = process.argv.slice(2);
serveContender(async () => loadOn(url));
