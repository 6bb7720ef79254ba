// Kept to syntax that Node 12 understands, so that it can say what is wrong.

/** Ends the process with a message unless this Node is new enough. */
export function requireNode() {
  var version = process.versions.node.split('.').map(Number);
  if (version[0] > 20 || (version[0] === 20 && version[1] >= 19)) return;
  console.error(
    'Sluice needs Node 20.19 or newer, and this is ' +
      process.version +
      '. Node 24 is recommended: https://nodejs.org/en/download',
  );
  process.exit(1);
}
