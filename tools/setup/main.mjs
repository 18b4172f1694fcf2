/**
 * Brings a fresh machine to where Orrery builds and runs: npm packages, then Debian packages where they are missing. Runs on the
 * machine's own Node (20 or later) and before anything is installed, so it is plain JavaScript without dependencies.
 *
 *   node tools/setup/main.mjs [--tests]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianPackages } from './debian-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const forTests = process.argv.includes('--tests');

installNpmPackages();
installDebianPackages();
if (forTests) unpackOldKubectl();

/**
 * Installs what the lockfile says, unless this very lockfile has been installed already. Not `npm ci`: it refuses a lockfile that was
 * written where packages for other platforms could not be seen, as a registry mirror may hide them.
 */
function installNpmPackages() {
  const stamp = join(root, 'node_modules', '.orrery-lockfile');
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
  say('installing npm packages');
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], root);
  writeFileSync(stamp, lockfile);
}

function installDebianPackages() {
  const wanted = debianPackages.filter((entry) => entry.for === 'run' || forTests);
  const missing = wanted.filter((entry) => (entry.path ? !existsSync(entry.path) : !onPath(entry.program)));
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.name);
  const explained = missing.map((entry) => `  ${entry.name}: ${entry.why}`).join('\n');
  if (!onPath('apt-get')) {
    say(
      `this system has no apt-get. Real containers and the NATS bus need these, by whatever names it has for them:\n${explained}`,
    );
    say('without them: orrery up --bus memory runs a whole cluster with simulated pods in one process');
    return;
  }
  if (process.getuid?.() !== 0) {
    say(`missing Debian packages; to install them: sudo apt-get install ${names.join(' ')}\n${explained}`);
    say('without them: orrery up --bus memory runs a whole cluster with simulated pods in one process');
    return;
  }
  say(`installing Debian packages:\n${explained}`);
  run('apt-get', ['update', '-qq'], root);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], root);
}

/** Debian's kubectl (1.20) beside whatever newer one is installed, without replacing it: the tests use both. */
function unpackOldKubectl() {
  const target = join(root, 'node_modules', '.cache', 'orrery', 'kubernetes-client');
  if (existsSync(join(target, 'usr', 'bin', 'kubectl')) || !onPath('apt-get') || !onPath('dpkg-deb')) return;
  const folder = mkdtempSync(join(tmpdir(), 'orrery-setup-'));
  try {
    say("unpacking Debian's kubectl for the tests");
    if (
      process.getuid?.() === 0 &&
      !readdirSync('/var/lib/apt/lists').some((name) => name.endsWith('Packages') || name.endsWith('.lz4'))
    ) {
      run('apt-get', ['update', '-qq'], folder);
    }
    run('apt-get', ['download', '-qq', 'kubernetes-client'], folder);
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
    mkdirSync(target, { recursive: true });
    run('dpkg-deb', ['--extract', join(folder, archive), target], folder);
  } catch (error) {
    say(`Debian's kubectl is not to be had here (${error.message}); the tests use the kubectl on PATH only`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command, args, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync(command, args, { cwd, env, stdio: ['ignore', process.stderr, process.stderr] });
}

function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}
