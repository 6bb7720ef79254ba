// The process of one contender: `node contender-main.mjs <mode> <url>`, asked over IPC.
import { serveContender } from '../lib/serve-contender.mjs';
import { contenderOf } from './contender-of.mjs';
import { modes } from './modes.mjs';

const [id, url] = process.argv.slice(2);
const mode = modes.find((candidate) => candidate.id === id);
serveContender(async () => contenderOf(mode, await mode.open(url)));
