#!/usr/bin/env node
/* Starts the command with the Node that the project pins, whatever Node the machine has. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
if (Number(process.versions.node.split('.')[0]) >= 24 || !existsSync(pinned)) {
  await import(main);
} else {
  const { status, signal } = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(signal ? 1 : (status ?? 1));
}
